import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { packagedHub } from './packaged.ts';
import { arnOf, arnSchema, resourcesOf, type Template } from './template.ts';

const queueSchema = z.looseObject({
  SqsManagedSseEnabled: z.boolean(),
  VisibilityTimeout: z.number().optional(),
  MessageRetentionPeriod: z.number(),
  RedrivePolicy: z.object({ deadLetterTargetArn: arnSchema, maxReceiveCount: z.number() }).optional(),
});

const mappingSchema = z.looseObject({
  EventSourceArn: arnSchema,
  FunctionName: arnSchema,
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.number(),
  FunctionResponseTypes: z.array(z.string()),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }),
});

const statementSchema = z.looseObject({ Effect: z.string(), Principal: z.unknown() });

describe('the queues', () => {
  let hub: Template;
  let queues: ReadonlyMap<string, z.infer<typeof queueSchema>>;
  let mappings: readonly z.infer<typeof mappingSchema>[];

  beforeAll(async () => {
    hub = (await packagedHub()).template;
    queues = resourcesOf(hub, 'AWS::SQS::Queue', queueSchema);
    mappings = [...resourcesOf(hub, 'AWS::Lambda::EventSourceMapping', mappingSchema).values()];
  });

  const sources = () => mappings.map(({ EventSourceArn }) => EventSourceArn['Fn::GetAtt'][0]);

  it('feed the two functions that take things in, and the one that delivers', () => {
    expect(sources()).toEqual(['IngestQueue', 'LogFilesQueue', 'DeliverQueue']);
  });

  it('hide a message for six times the function’s timeout and the batching window', () => {
    const functions = resourcesOf(hub, 'AWS::Lambda::Function', z.looseObject({ Timeout: z.number() }));
    for (const mapping of mappings) {
      const queue = queues.get(mapping.EventSourceArn['Fn::GetAtt'][0]);
      const timeout = functions.get(mapping.FunctionName['Fn::GetAtt'][0])?.Timeout ?? Number.NaN;
      expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(
        6 * timeout + mapping.MaximumBatchingWindowInSeconds,
      );
    }
  });

  it('are read in batches that fail in part, with a bound on concurrency and, but for alerts, a window', () => {
    for (const mapping of mappings) {
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      const isOfAlerts = mapping.EventSourceArn['Fn::GetAtt'][0] === 'DeliverQueue';
      if (isOfAlerts) expect(mapping.MaximumBatchingWindowInSeconds).toBe(0);
      else expect(mapping.MaximumBatchingWindowInSeconds).toBeGreaterThanOrEqual(1);
      // Lambda takes more than ten only with a window.
      if (isOfAlerts) expect(mapping.BatchSize).toBe(10);
      else expect(mapping.BatchSize).toBeGreaterThan(10);
      expect(mapping.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
  });

  it('give a message up after five times, to a queue that keeps it longer', () => {
    for (const source of sources()) {
      const { RedrivePolicy, MessageRetentionPeriod } = queues.get(source) ?? {};
      expect(RedrivePolicy?.maxReceiveCount, source).toBe(5);
      const deadLetters = queues.get(RedrivePolicy?.deadLetterTargetArn['Fn::GetAtt'][0] ?? '');
      expect(deadLetters?.MessageRetentionPeriod, source).toBe(14 * 86_400);
      expect(MessageRetentionPeriod, source).toBeLessThan(14 * 86_400);
    }
  });

  it('are encrypted by SQS itself, without a key whose uses would be events', () => {
    expect(queues.size).toBe(8);
    for (const [id, queue] of queues) {
      expect(queue.SqsManagedSseEnabled, id).toBe(true);
      expect(queue, id).not.toHaveProperty('KmsMasterKeyId');
    }
  });

  it('that nothing consumes keep what they get for 14 days', () => {
    for (const [id, queue] of queues) {
      if (!sources().includes(id)) expect(queue.MessageRetentionPeriod, id).toBe(14 * 86_400);
    }
  });

  it('take the events of exactly the rules that have them as a target, and nobody else’s', () => {
    const policies = resourcesOf(
      hub,
      'AWS::SQS::QueuePolicy',
      z.looseObject({ PolicyDocument: z.object({ Statement: z.array(z.unknown()) }) }),
    );
    const rules = resourcesOf(
      hub,
      'AWS::Events::Rule',
      z.looseObject({ Targets: z.array(z.looseObject({ Arn: z.unknown() })) }),
    );
    const ofIngest = [...rules].filter(([, { Targets }]) =>
      Targets.some(({ Arn }) => JSON.stringify(Arn) === JSON.stringify(arnOf('IngestQueue'))),
    );
    const statements = policies.get('IngestQueuePolicy')?.PolicyDocument.Statement ?? [];
    const allowed = statements
      .map((statement) => statementSchema.parse(statement))
      .filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toEqual([
      {
        Sid: 'OurRules',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arnOf('IngestQueue'),
        Condition: { ArnEquals: { 'aws:SourceArn': ofIngest.map(([id]) => arnOf(id)) } },
      },
    ]);
    const mayBeUndelivered = JSON.stringify(policies.get('UndeliveredPolicy'));
    for (const id of rules.keys()) expect(mayBeUndelivered).toContain(JSON.stringify(arnOf(id)));
  });

  it('take failed runs of the scheduled functions, which are not repeated', () => {
    const runs = resourcesOf(
      hub,
      'AWS::Lambda::EventInvokeConfig',
      z.looseObject({ FunctionName: z.unknown() }),
    );
    expect([...runs.values()]).toEqual(
      ['Seal', 'Detect', 'Deliver', 'Expire', 'Backfill'].map((name) =>
        expect.objectContaining({
          FunctionName: { Ref: `${name}LambdaFunction` },
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure: { Destination: arnOf('FailedRuns') } },
        }),
      ),
    );
  });
});
