import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { anApi } from '../api/an-api.ts';
import { putAlertOf } from '../api/put-alert-of.ts';
import { packagedHub, readSpoke } from './packaged.ts';
import { arnOf, objectsWith, resourcesOf, type Template } from './template.ts';

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const statementSchema = z.looseObject({
  Effect: z.literal('Allow'),
  Action: oneOrMore,
  Resource: z.unknown(),
  Condition: z.unknown().optional(),
});
const roleSchema = z.looseObject({
  AssumeRolePolicyDocument: z.unknown(),
  Policies: z.array(z.looseObject({ PolicyDocument: z.unknown() })),
});

function statementsOf(role: z.infer<typeof roleSchema> | undefined) {
  return objectsWith('Effect', role?.Policies).map((statement) => statementSchema.parse(statement));
}

/** What has a `*` after all: objects of a bucket, and an action for which the service knows no resources. */
const namedByTheirContainer = [
  ['s3:PutObject', { 'Fn::Sub': `\${QuarantineBucket.Arn}/quarantine/*` }],
  ['s3:GetObject', { 'Fn::Sub': `arn:\${AWS::Partition}:s3:::\${LogBucketName}/*` }],
  ['cloudtrail:LookupEvents', '*'],
].map((pair) => JSON.stringify(pair));

const reads = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
const writes = ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'];
const receives = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];

describe('the roles', () => {
  let hub: Template;
  let roles: ReadonlyMap<string, z.infer<typeof roleSchema>>;

  beforeAll(async () => {
    hub = (await packagedHub()).template;
    roles = resourcesOf(hub, 'AWS::IAM::Role', roleSchema);
  });

  it('are one for each function, and there is no other', () => {
    const functions = resourcesOf(hub, 'AWS::Lambda::Function', z.looseObject({ Role: z.unknown() }));
    expect(functions.size).toBeGreaterThan(5);
    expect(roles.size).toBe(functions.size);
    for (const [id, { Role }] of functions) {
      expect(Role, id).toEqual(arnOf(id.replace('LambdaFunction', 'Role')));
    }
    for (const [id, role] of roles) {
      expect(role.AssumeRolePolicyDocument, id).toMatchObject({
        Statement: [{ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      });
    }
  });

  it.each([
    [
      'IngestRole',
      [
        ...[...receives, ...reads, ...writes, ...logs, 's3:PutObject', 'kms:Decrypt', 'kms:GenerateDataKey'],
        'sqs:SendMessage',
      ],
    ],
    [
      'IngestLogFilesRole',
      [
        ...[...receives, ...reads, ...writes, ...logs, 's3:PutObject', 'kms:Decrypt', 'kms:GenerateDataKey'],
        ...['s3:GetObject', 's3:ListBucket'],
      ],
    ],
    [
      'SealRole',
      [...reads, ...writes, ...logs, 'kms:Decrypt', 'kms:GetPublicKey', 'kms:Sign', 'sqs:SendMessage'],
    ],
    ['ExpireRole', [...reads, ...writes, ...logs, 'kms:Decrypt', 'sqs:SendMessage']],
    ['DetectRole', [...reads, ...writes, ...logs, 'kms:Decrypt', 'sqs:SendMessage']],
    [
      'DeliverRole',
      [
        ...[
          ...receives,
          ...reads,
          ...writes,
          ...logs,
          'kms:Decrypt',
          'kms:GenerateDataKey',
          'sqs:SendMessage',
        ],
        ...['sns:Publish', 'events:PutEvents', 'securityhub:BatchImportFindings'],
        'secretsmanager:GetSecretValue',
      ],
    ],
    [
      'BackfillRole',
      [
        ...[...reads, ...writes, ...logs, 's3:PutObject', 'kms:Decrypt', 'kms:GenerateDataKey'],
        ...['sqs:SendMessage', 'cloudtrail:LookupEvents'],
      ],
    ],
    ['ApiRole', [...reads, 'dynamodb:PutItem', 'dynamodb:BatchWriteItem', ...logs, 'kms:Decrypt']],
  ])('%s may do what its function does', (id, expected) => {
    const actions = new Set(statementsOf(roles.get(id)).flatMap(({ Action }) => Action));
    expect([...actions].toSorted()).toEqual(expected.toSorted());
  });

  it('name every action and every resource', () => {
    for (const [id, role] of roles) {
      for (const { Action, Resource } of statementsOf(role)) {
        for (const action of Action) expect(action, id).not.toContain('*');
        if (JSON.stringify(Resource).includes('*')) {
          expect(namedByTheirContainer, id).toContain(JSON.stringify([Action.join(), Resource]));
        }
      }
    }
  });

  it('let the API write nothing but the record of who asked, and what people say of alerts and expect', () => {
    const writing = statementsOf(roles.get('ApiRole')).filter(({ Action }) =>
      Action.includes('dynamodb:PutItem'),
    );
    expect(writing).toMatchObject([
      {
        Action: ['dynamodb:PutItem'],
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['W#*'] } },
      },
      {
        Action: ['dynamodb:PutItem', 'dynamodb:BatchWriteItem'],
        Condition: {
          'ForAllValues:StringLike': {
            'dynamodb:LeadingKeys': ['alert', 'alert#*', 'alert-outbox', 'expectation', 'expectation#*'],
          },
        },
      },
    ]);
  });

  it('let who delivers at nothing but alerts, and each channel only where it is set', () => {
    const statements = statementsOf(roles.get('DeliverRole'));
    for (const { Action, Condition } of statements.filter(({ Action }) =>
      Action.join().includes('dynamodb'),
    )) {
      expect(Condition, Action.join()).toEqual({
        'ForAllValues:StringLike': {
          'dynamodb:LeadingKeys': ['alert', 'alert#*', 'alert-outbox', 'alert-pace'],
        },
      });
    }
    const conditional = objectsWith('Fn::If', roles.get('DeliverRole')?.Policies).flatMap((choice) => {
      const [condition, statement] = Object.values(choice)[0];
      const parsed = statementSchema.safeParse(statement);
      return parsed.success ? [[condition, parsed.data.Action.join(), parsed.data.Resource]] : [];
    });
    const productArn = expect.stringMatching(/:product\/\$\{AWS::AccountId\}\/default$/);
    expect(conditional).toEqual([
      ['HasAlertTopic', 'sns:Publish', { Ref: 'AlertTopicArn' }],
      ['HasAlertTopicKey', 'kms:GenerateDataKey,kms:Decrypt', { Ref: 'AlertTopicKeyArn' }],
      ['HasAlertBus', 'events:PutEvents', { Ref: 'AlertBusArn' }],
      ['HasSecurityHub', 'securityhub:BatchImportFindings', { 'Fn::Sub': productArn }],
      ['HasAlertWebhookSecret', 'secretsmanager:GetSecretValue', { Ref: 'AlertWebhookSecretArn' }],
      ['HasAlertWebhookSecretKey', 'kms:Decrypt', { Ref: 'AlertWebhookSecretKeyArn' }],
    ]);
  });

  it('let the API write all that its changes write', async () => {
    const { app, table } = anApi();
    const id = await putAlertOf(table);
    const written = new Set<string>();
    table.onWrite = ({ pk }) => {
      written.add(pk);
      return { isApplied: true, isReported: false };
    };
    const change = async (method: string, path: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await app.request(path, { method, headers, body: JSON.stringify(body) });
      expect(answer.status).toBe(200);
    };
    // More than an alert's own item keeps.
    for (let time = 0; time < 70; time++)
      await change('POST', `/v1/alerts/${id}/acknowledge`, { reason: `look ${time}` });
    for (const owner of ['one team', 'another'])
      await change('PUT', '/v1/expectations/x', {
        ...{ keys: ['ml'], principals: ['account:111122223333'], operations: ['cryptographic'] },
        ...{ owner, reason: 'it is so' },
      });
    await change('DELETE', '/v1/expectations/x', {});
    const names = objectsWith('dynamodb:LeadingKeys', roles.get('ApiRole')).flatMap(
      (condition) =>
        z.object({ 'dynamodb:LeadingKeys': z.array(z.string()) }).parse(condition)['dynamodb:LeadingKeys'],
    );
    const isNamed = (pk: string) =>
      names.some((name) => (name.endsWith('*') ? pk.startsWith(name.slice(0, -1)) : pk === name));
    expect([...written].filter((pk) => !isNamed(pk))).toEqual([]);
    expect([...written].sort()).toEqual([
      'alert',
      `alert#${id}`,
      'alert-outbox',
      'expectation',
      'expectation#x',
    ]);
  });

  it('use the table’s key only through the services that keep something under it', () => {
    for (const [id, role] of roles) {
      const ofTableKey = statementsOf(role).filter(({ Resource }) =>
        JSON.stringify(Resource).includes('TableKey'),
      );
      expect(ofTableKey.length, id).toBeGreaterThan(0);
      for (const { Condition } of ofTableKey) {
        expect(Condition, id).toHaveProperty(['StringEquals', 'kms:ViaService']);
      }
    }
  });

  it('read and write the same table as the functions are told, also after a restore', () => {
    const tables = [...roles.values()].flatMap((role) =>
      statementsOf(role)
        .filter(({ Action }) => Action.includes('dynamodb:Query'))
        .map(({ Resource }) => Resource),
    );
    expect(tables).toHaveLength(roles.size);
    const restored = { 'Fn::Sub': expect.stringMatching(/:table\/\$\{RestoredTable\}$/) };
    for (const table of tables) expect(table).toEqual({ 'Fn::If': ['IsRestored', restored, arnOf('Table')] });
    const functions = resourcesOf(hub, 'AWS::Lambda::Function', z.looseObject({ Environment: z.unknown() }));
    for (const { Environment } of functions.values()) {
      expect(Environment).toMatchObject({
        Variables: {
          KEYTRAIL_TABLE: { 'Fn::If': ['IsRestored', { Ref: 'RestoredTable' }, { Ref: 'Table' }] },
        },
      });
    }
  });

  it('of a spoke may only put events on the hub’s bus', async () => {
    const [[id, role] = []] = resourcesOf(await readSpoke(), 'AWS::IAM::Role', roleSchema);
    expect(id).toBe('SendToHubRole');
    expect(statementsOf(role)).toMatchObject([
      { Action: ['events:PutEvents'], Resource: { Ref: 'HubEventBusArn' } },
    ]);
  });
});
