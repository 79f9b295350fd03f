import { describe, expect, test } from 'vitest';
import { checkQueues } from '../../src/doctor/check-queues.ts';
import type { EventRule } from '../../src/doctor/event-rule.ts';
import type { EventSourceMapping, LambdaFunction } from '../../src/doctor/function.ts';
import type { Queue } from '../../src/doctor/queue.ts';
import type { ReadResult, StackResource } from '../../src/doctor/read-result.ts';
import type { Stack } from '../../src/doctor/stack.ts';

const PLACE = 'us-east-1:111122223333';
const INGEST = `arn:aws:sqs:${PLACE}:ingest`;
const DEAD = `${INGEST}-dead`;
const UNDELIVERED = `arn:aws:sqs:${PLACE}:undelivered`;
const LAMBDA = `arn:aws:lambda:${PLACE}:function:ingest`;

const read = <T>(value: T): ReadResult<T> => ({ kind: 'read', value });
const named = <T>(...values: readonly T[]): StackResource<T>[] =>
  values.map((value) => ({ name: 'named', result: read(value) }));

function aQueue(arn: string, queue: Partial<Queue> = {}): Queue {
  return {
    name: arn.slice(arn.lastIndexOf(':') + 1),
    arn,
    policy: JSON.stringify({
      Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn },
    }),
    visibilitySeconds: 380,
    encryption: { kind: 'sqs' },
    messages: 0,
    ...queue,
  };
}

const ingest = (queue: Partial<Queue> = {}) =>
  aQueue(INGEST, { redrive: { deadLetterArn: DEAD, maxReceiveCount: 5 }, ...queue });

const RULE: EventRule = {
  name: 'kms',
  arn: `arn:aws:events:${PLACE}:rule/kms`,
  busName: 'default',
  state: 'ENABLED',
  pattern: '{}',
  targets: read([{ arn: INGEST, deadLetterArn: UNDELIVERED }]),
};
const READER: EventSourceMapping = {
  id: '1',
  queueArn: INGEST,
  functionArn: `${LAMBDA}:live`,
  state: 'Enabled',
  reportsItemFailures: true,
  windowSeconds: 20,
};
const FUNCTION: LambdaFunction = {
  name: 'ingest',
  arn: LAMBDA,
  state: 'Active',
  lastUpdateStatus: 'Successful',
  timeoutSeconds: 60,
  reservedConcurrency: read(undefined),
};

function faultsOf(queues: readonly Queue[], stack: Partial<Stack> = {}) {
  return checkQueues({
    accountId: '111122223333',
    status: 'CREATE_COMPLETE',
    rules: named(RULE),
    queues: named(...queues),
    functions: named(FUNCTION),
    mappings: named(READER),
    tables: [],
    buses: [],
    ...stack,
  }).filter(({ status }) => status !== 'ok');
}

describe('a queue', () => {
  test.each<[string, Partial<Queue>, readonly string[]]>([
    ['that is whole is right', {}, []],
    ['with a key of its own is right', { encryption: { kind: 'kms', key: 'arn:aws:kms:…:key/1' } }, []],
    [
      'with the key of SQS in KMS is closed',
      { encryption: { kind: 'kms', key: 'alias/aws/sqs' } },
      ['queue-closed-to-events'],
    ],
    ['without encryption is in clear', { encryption: { kind: 'none' } }, ['queue-unencrypted']],
    ['with an empty policy is closed', { policy: '{}' }, ['queue-closed-to-events']],
    ['that hides messages long enough is right', { visibilitySeconds: 380 }, []],
    ['that hides them a second less is not', { visibilitySeconds: 379 }, ['queue-visibility-short']],
    [
      'that gives up after five receives is right',
      { redrive: { deadLetterArn: DEAD, maxReceiveCount: 5 } },
      [],
    ],
    [
      'that gives up after four is not',
      { redrive: { deadLetterArn: DEAD, maxReceiveCount: 4 } },
      ['queue-redrives-early'],
    ],
    ['in which messages wait is right', { messages: 1_000 }, []],
  ])('%s', (_, queue, codes) => {
    expect(faultsOf([ingest(queue)]).map(({ code }) => code)).toEqual(codes);
  });

  test('of which a policy asks for what is not known here is not judged', () => {
    const policy = JSON.stringify({
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'sqs:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceOrgID': 'o-x' } },
      },
    });
    expect(faultsOf([ingest({ policy })])).toMatchObject([{ status: 'unknown', code: 'not-judged' }]);
  });

  test('that no rule sends to needs no policy', () => {
    const { policy: _, ...closed } = ingest();
    expect(faultsOf([closed], { rules: [] })).toEqual([]);
  });

  test('is not said to be without a reader where a mapping could not be read', () => {
    const mappings: StackResource<EventSourceMapping>[] = [
      { name: '1', result: { kind: 'unreadable', action: 'lambda:GetEventSourceMapping' } },
    ];
    expect(faultsOf([ingest()], { mappings })).toEqual([]);
    expect(faultsOf([ingest()], { mappings: [] })).toMatchObject([{ code: 'queue-without-reader' }]);
  });
});

describe('what waits among dead letters', () => {
  test.each<[string, Queue, RegExp]>([
    [
      'of a queue is moved back',
      aQueue(DEAD, { messages: 2 }),
      /start-message-move-task --source-arn arn:aws:sqs:.*-dead$/,
    ],
    ['of a rule is sent again', aQueue(UNDELIVERED, { messages: 2 }), /TARGET_ARN/],
    ['of runs is deleted', aQueue(`arn:aws:sqs:${PLACE}:failed`, { messages: 2 }), /^Mend .* delete them/],
  ])('%s', (_, queue, mend) => {
    expect(faultsOf([ingest(), queue])).toMatchObject([
      { code: 'dead-letters-waiting', mend: expect.stringMatching(mend) },
    ]);
  });
});
