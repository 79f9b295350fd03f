import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { packagedHub } from './packaged.ts';
import { objectsWith, type Template } from './template.ts';

const rulesSchema = z.record(
  z.string(),
  z.strictObject({
    RuleCondition: z.unknown(),
    Assertions: z.array(z.strictObject({ Assert: z.unknown(), AssertDescription: z.string() })).min(1),
  }),
);
const equalsSchema = z.strictObject({
  'Fn::Equals': z.tuple([z.strictObject({ Ref: z.string() }), z.string()]),
});
const notSchema = z.strictObject({ 'Fn::Not': z.tuple([z.unknown()]) });

type Parameters = Readonly<Record<string, string>>;

/** What CloudFormation makes of the functions that the rules are written in. */
function holds(condition: unknown, parameters: Parameters): boolean {
  const equals = equalsSchema.safeParse(condition);
  if (equals.success) {
    const [{ Ref }, value] = equals.data['Fn::Equals'];
    return parameters[Ref] === value;
  }
  return !holds(notSchema.parse(condition)['Fn::Not'][0], parameters);
}

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const TOPIC = 'arn:aws:sns:us-east-1:111122223333:logs';
const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:webhook';

describe('a deployment', () => {
  let template: Template;
  let rules: z.infer<typeof rulesSchema>;
  beforeAll(async () => {
    ({ template } = await packagedHub());
    rules = rulesSchema.parse(template['Rules']);
  });

  /** The sentences that it is refused with. */
  function refused(given: Parameters): string[] {
    const defaults = Object.entries(template.Parameters).map(([name, { Default }]) => [
      name,
      String(Default ?? ''),
    ]);
    const parameters = { ...Object.fromEntries(defaults), ...given };
    return Object.values(rules)
      .filter(({ RuleCondition }) => holds(RuleCondition, parameters))
      .flatMap(({ Assertions }) => Assertions.filter(({ Assert }) => !holds(Assert, parameters)))
      .map(({ AssertDescription }) => AssertDescription);
  }

  test.each<[string, Parameters]>([
    ['by its defaults', {}],
    ['with log files of which the bucket tells', { LogNotifications: 's3', LogBucketName: 'logs' }],
    [
      'with encrypted log files of another account, by a topic',
      {
        LogNotifications: 'sns',
        LogBucketName: 'logs',
        LogBucketAccount: '444455556666',
        LogBucketKeyArn: KEY,
        LogTopicArn: TOPIC,
      },
    ],
    ['with log files by EventBridge', { LogNotifications: 'eventbridge', LogBucketName: 'logs' }],
    ['with an encrypted topic for alerts', { AlertTopicArn: TOPIC, AlertTopicKeyArn: KEY }],
    [
      'with a signed webhook',
      {
        AlertWebhookUrl: 'https://example.com',
        AlertWebhookSecretArn: SECRET,
        AlertWebhookSecretKeyArn: KEY,
      },
    ],
  ])('is let through %s', (_how, given) => {
    expect(refused(given)).toEqual([]);
  });

  test.each<[string, Parameters]>([
    ['LogBucketName', { LogNotifications: 's3' }],
    ['LogBucketName', { LogNotifications: 'eventbridge' }],
    ['LogTopicArn', { LogNotifications: 'sns', LogBucketName: 'logs' }],
    ['LogNotifications', { LogBucketName: 'logs' }],
    ['LogNotifications', { LogBucketAccount: '444455556666' }],
    ['LogNotifications', { LogBucketKeyArn: KEY }],
    ['LogNotifications', { LogNotifications: 's3', LogBucketName: 'logs', LogTopicArn: TOPIC }],
    ['AlertTopicArn', { AlertTopicKeyArn: KEY }],
    ['AlertWebhookSecretArn', { AlertWebhookUrl: 'https://example.com' }],
    ['AlertWebhookUrl', { AlertWebhookSecretArn: SECRET }],
  ])('is refused with one sentence that names %s: %j', (named, given) => {
    expect(refused(given)).toEqual([expect.stringMatching(new RegExp(`\\b${named}\\b.*\\.$`))]);
  });

  test('is refused for each thing that is wrong with it', () => {
    expect(refused({ LogBucketName: 'logs', LogTopicArn: TOPIC, AlertTopicKeyArn: KEY })).toHaveLength(3);
  });

  test('has rules about texts among its parameters only, for a rule compares nothing else', () => {
    const named = objectsWith('Ref', rules).map((ref) => String(Reflect.get(ref, 'Ref')));
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(template.Parameters[name], name).toMatchObject({ Type: 'String' });
  });
});
