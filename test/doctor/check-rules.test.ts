import { describe, expect, test } from 'vitest';
import type { HubOfRules } from '../../src/doctor/check-rule-targets.ts';
import { checkRules } from '../../src/doctor/check-rules.ts';
import type { EventRule, RuleTarget } from '../../src/doctor/event-rule.ts';
import type { Queue } from '../../src/doctor/queue.ts';
import type { ReadResult, StackResource } from '../../src/doctor/read-result.ts';

const QUEUE: Queue = {
  name: 'ingest',
  arn: 'arn:aws:sqs:us-east-1:111122223333:ingest',
  visibilitySeconds: 380,
  encryption: { kind: 'sqs' },
  messages: 0,
};
const HUB_BUS = 'arn:aws:events:us-east-1:444455556666:event-bus/default';
const TO_QUEUE: RuleTarget = { arn: QUEUE.arn, deadLetterArn: `${QUEUE.arn}-dead` };
const TO_HUB: RuleTarget = { ...TO_QUEUE, arn: HUB_BUS, roleArn: 'arn:aws:iam::111122223333:role/spoke' };
const HUB: HubOfRules = { isSpoke: false };
const SPOKE: HubOfRules = { isSpoke: true, hubBusArn: HUB_BUS };

const read = <T>(value: T): ReadResult<T> => ({ kind: 'read', value });
const named = <T>(result: ReadResult<T>): StackResource<T>[] => [{ name: 'named', result }];

/** Takes all that is needed, and is right. */
function aRule(rule: Partial<EventRule> = {}): EventRule {
  return {
    name: 'everything',
    arn: 'arn:aws:events:us-east-1:111122223333:rule/everything',
    busName: 'default',
    state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
    pattern: '{"source":["aws.kms","aws.sagemaker"]}',
    targets: read([TO_QUEUE]),
    ...rule,
  };
}

function codes(
  rule: EventRule,
  expectation = HUB,
  queues: readonly StackResource<Queue>[] = named(read(QUEUE)),
): string[] {
  return checkRules(named(read(rule)), queues, expectation).map(({ code }) => code);
}

const STATE_CHANGES = '{"source":["aws.sagemaker"],"detail-type":["SageMaker Training Job State Change"]}';

describe('a rule', () => {
  test.each<[string, Partial<EventRule>, readonly string[]]>([
    ['that is whole is right', {}, ['rule', 'rules']],
    ['of another bus gets no events', { busName: 'other' }, ['rule-not-on-default-bus', 'rules']],
    ['that is ENABLED loses Read events', { state: 'ENABLED' }, ['rule-loses-read-events', 'rules']],
    ['without targets', { targets: read([]) }, ['rule-without-target', 'rules']],
    [
      'to somewhere else',
      { targets: read([{ ...TO_QUEUE, arn: 'arn:other' }]) },
      ['rule-not-to-queue', 'rules'],
    ],
    [
      'to a bus needs a role',
      { targets: read([{ ...TO_QUEUE, arn: HUB_BUS }]) },
      ['target-without-role', 'rules'],
    ],
    ['to a bus with a role passes on', { targets: read([TO_HUB]) }, ['rule', 'rules']],
  ])('%s', (_, rule, expected) => {
    expect(codes(aRule(rule))).toEqual(expected);
  });

  test.each<[string, Partial<EventRule>]>([
    ['of state changes', { pattern: STATE_CHANGES, state: 'ENABLED' }],
    ['of a schedule', { state: 'ENABLED', targets: read([{ arn: 'arn:aws:lambda:…' }]) }],
  ])('%s may be ENABLED alone', (name, rule) => {
    const { pattern: _, ...scheduled } = aRule(rule);
    expect(codes(name === 'of a schedule' ? scheduled : aRule(rule))[0]).toBe('rule');
  });

  test.each<[string, Partial<EventRule>, readonly string[]]>([
    ['to the hub is right', { targets: read([TO_HUB]) }, ['rule', 'rules']],
    ['to its own queue is not', {}, ['rule-not-to-hub', 'rules']],
    [
      "to another account's bus is not",
      { targets: read([{ ...TO_HUB, arn: HUB_BUS.replace('4444', '7777') }]) },
      ['rule-not-to-hub', 'rules'],
    ],
  ])('of a spoke %s', (_, rule, expected) => {
    expect(codes(aRule(rule), SPOKE)).toEqual(expected);
  });

  test('is not judged by queues that could not be read', () => {
    const unreadable = named<Queue>({ kind: 'unreadable', action: 'sqs:GetQueueAttributes' });
    expect(codes(aRule({ targets: read([{ ...TO_QUEUE, arn: 'arn:other' }]) }), HUB, unreadable)).toEqual([
      'rule',
      'rules',
    ]);
  });
});

describe('the rules together', () => {
  test('take every sort of event, or the sorts that they leave out are named', () => {
    const sentences = checkRules(named(read(aRule({ pattern: STATE_CHANGES }))), named(read(QUEUE)), HUB).map(
      ({ sentence }) => sentence,
    );
    expect(sentences.slice(1)).toEqual([
      'No rule of the stack takes key uses (Decrypt).',
      'No rule of the stack takes changes of keys (CreateGrant).',
      'No rule of the stack takes calls of SageMaker (CreateTrainingJob).',
    ]);
  });

  test('are not said to leave anything out while one of them could not be read', () => {
    const unreadable = named<EventRule>({ kind: 'unreadable', action: 'events:DescribeRule' });
    expect(checkRules(unreadable, [], HUB).map(({ code }) => code)).toEqual(['not-looked-at']);
  });
});
