import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AwsServer, serveAws } from '../../../deploy/local/serve-aws.ts';
import type { Channel } from '../../../src/alerts/delivery/channel.ts';
import { deliver, deliverOutbox } from '../../../src/alerts/delivery/deliver.ts';
import { CLAIM_MS, type DeliveryContext } from '../../../src/alerts/delivery/delivery-context.ts';
import { eventBridgeChannel } from '../../../src/alerts/delivery/event-bridge.ts';
import { pendingAlerts } from '../../../src/alerts/delivery/outbox.ts';
import { securityHubChannel } from '../../../src/alerts/delivery/security-hub.ts';
import { snsChannel } from '../../../src/alerts/delivery/sns.ts';
import { webhookChannel } from '../../../src/alerts/delivery/webhook.ts';
import { resolved } from '../../../src/alerts/store/alert-states.ts';
import { changeAlert, listAlerts } from '../../../src/alerts/store/alert-store.ts';
import { KeytrailError } from '../../../src/keytrail-error.ts';
import { type Fault, MemoryTable } from '../../table/memory-table.ts';
import {
  EventBusReceiver,
  FindingsReceiver,
  Front,
  type Reaction,
  WebhookReceiver,
} from './alert-receivers.ts';
import { alertsOfKeys, NOON_MS, putAlerts } from './an-alert.ts';

const HOUR_MS = 3_600_000;
const REGION = 'eu-central-1';
const TOPIC_ARN = `arn:aws:sns:${REGION}:000000000000:alerts`;
const PRODUCT_ARN = `arn:aws:securityhub:${REGION}:000000000000:product/000000000000/default`;
const settings = {
  region: REGION,
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  maxAttempts: 2,
};

/** What the receivers do with the first so many requests; the same in every run. */
function reactionsOf(seed: number): Reaction[] {
  const reaction = fc.constantFrom<Reaction>(
    'taken',
    'taken',
    'refused',
    'taken, then 500',
    'dropped',
    'taken, then dropped',
  );
  return fc.sample(reaction, { seed, numRuns: 12 });
}

describe('alerts at real endpoints', () => {
  let aws: AwsServer;
  let topic: Front;
  let bus: EventBusReceiver;
  let hub: FindingsReceiver;
  let hook: WebhookReceiver;
  let sqs: SQSClient;
  let table: MemoryTable;
  let nowMs: number;
  beforeEach(async () => {
    aws = await serveAws({ region: REGION });
    sqs = new SQSClient({ ...settings, endpoint: aws.url });
    const sns = new SNSClient({ ...settings, endpoint: aws.url });
    await sqs.send(new CreateQueueCommand({ QueueName: 'heard' }));
    await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
    const Endpoint = `arn:aws:sqs:${REGION}:000000000000:heard`;
    await sns.send(new SubscribeCommand({ TopicArn: TOPIC_ARN, Protocol: 'sqs', Endpoint }));
    sns.destroy();
    [topic, bus, hub, hook] = await Promise.all([
      new Front(aws.url).listen(),
      new EventBusReceiver().listen(),
      new FindingsReceiver().listen(),
      new WebhookReceiver().listen(),
    ]);
    table = new MemoryTable();
    nowMs = NOON_MS;
  });
  afterEach(async () => {
    sqs.destroy();
    await Promise.all([topic.close(), bus.close(), hub.close(), hook.close()]);
    await aws.stop();
  });

  function channels(): readonly Channel[] {
    const secret = async () => `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    return [
      snsChannel({ topicArn: TOPIC_ARN, floor: 'low' }, new SNSClient({ ...settings, endpoint: topic.url })),
      eventBridgeChannel(
        { bus: 'default', floor: 'low' },
        new EventBridgeClient({ ...settings, endpoint: bus.url }),
      ),
      securityHubChannel(
        { productArn: PRODUCT_ARN, floor: 'low' },
        new SecurityHubClient({ ...settings, endpoint: hub.url }),
      ),
      webhookChannel({ url: hook.url, floor: 'low' }, { secret, now: () => nowMs }),
    ];
  }

  let nextId = 0;
  const delivering = (opened: readonly Channel[]): DeliveryContext => ({
    table,
    channels: opened,
    now: () => nowMs,
    newId: () => `id-${nextId++}`,
    isTimeLeft: () => true,
  });

  /** What a subscriber of the topic got. */
  async function heard(): Promise<readonly { readonly id: string; readonly Subject: string }[]> {
    const messages: { id: string; Subject: string }[] = [];
    for (;;) {
      const QueueUrl = `${aws.url}/000000000000/heard`;
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await sqs.send(command);
      if (Messages.length === 0) return messages;
      for (const { Body = '{}', ReceiptHandle } of Messages) {
        const { Subject, MessageAttributes } = JSON.parse(Body);
        messages.push({ id: MessageAttributes.id.Value, Subject });
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  const receivers = () => [topic, bus, hub, hook];

  /** Eight alerts, two of which are over meanwhile, delivered by six at once and then by the outbox. */
  async function deliverAll(): Promise<readonly string[]> {
    const opened = channels();
    const ids = await putAlerts(table, alertsOfKeys(8));
    const run = (work: () => Promise<unknown>) =>
      work().catch((error: unknown) => {
        if (!(error instanceof KeytrailError)) throw error;
      });
    await Promise.all(Array.from({ length: 6 }, () => run(() => deliver(ids, delivering(opened)))));
    table.onWrite = undefined;
    for (const id of ids.slice(0, 2)) {
      await changeAlert(table, id, (alert) => alert && resolved(alert, 'explained', nowMs + 1));
    }
    for (let round = 0; (await pendingAlerts(table, nowMs)).length > 0; round++) {
      if (round > 60) throw new Error('deliveries do not come to an end');
      nowMs += CLAIM_MS + HOUR_MS;
      await Promise.all([1, 2].map(() => run(() => deliverOutbox(delivering(opened)))));
    }
    return [...ids.map((id) => `${id}.1`), ...ids.slice(0, 2).map((id) => `${id}.2`)].sort();
  }

  it('arrive once at each', async () => {
    const expected = await deliverAll();
    const messages = await heard();
    expect(messages.map(({ id }) => id).sort()).toEqual(expected);
    for (const { ids } of [bus, hub, hook]) expect([...ids].sort()).toEqual(expected);
    for (const { Subject } of messages)
      expect(Subject).toMatch(/^Keytrail \(critical(?:, resolved)?\) root-use: /);
  });

  it.each([1, 2, 3])(
    'arrive once more only where an answer was lost, whatever fails (schedule %i)',
    async (seed) => {
      for (const [index, receiver] of receivers().entries()) {
        receiver.reactions = reactionsOf(seed * 10 + index);
      }
      const expected = await deliverAll();
      const arrived = [(await heard()).map(({ id }) => id), bus.ids, hub.ids, hook.ids];
      for (const [index, receiver] of receivers().entries()) {
        expect([...(arrived[index] ?? [])].sort()).toEqual([...expected, ...receiver.lost].sort());
      }
      expect(receivers().some(({ lost }) => lost.length > 0)).toBe(true);
      for (const { deliveries } of await listAlerts(table)) expect(deliveries).toEqual([]);
    },
  );

  it.each([4, 5, 6])('all arrive, where the table fails as well (schedule %i)', async (seed) => {
    for (const [index, receiver] of receivers().entries()) {
      receiver.reactions = reactionsOf(seed * 10 + index);
    }
    const fault = fc.oneof(
      { weight: 5, arbitrary: fc.constant<Fault>({ isApplied: true, isReported: false }) },
      { weight: 1, arbitrary: fc.record({ isApplied: fc.boolean(), isReported: fc.constant(true) }) },
    );
    const faults = fc.sample(fault, { seed, numRuns: 400 });
    const opened = channels();
    const ids = await putAlerts(table, alertsOfKeys(8));
    let failed = 0;
    table.onWrite = () => {
      const next = faults.shift() ?? { isApplied: true, isReported: false };
      if (next.isReported) failed++;
      return next;
    };
    for (let round = 0; round < 3; round++) {
      await Promise.allSettled(Array.from({ length: 6 }, () => deliver(ids, delivering(opened))));
      nowMs += CLAIM_MS + HOUR_MS;
    }
    expect(failed).toBeGreaterThan(0);
    table.onWrite = undefined;
    for (let round = 0; (await pendingAlerts(table, nowMs)).length > 0; round++) {
      if (round > 60) throw new Error('deliveries do not come to an end');
      nowMs += CLAIM_MS + HOUR_MS;
      await deliverOutbox(delivering(opened));
    }
    const expected = ids.map((id) => `${id}.1`).sort();
    for (const arrived of [(await heard()).map(({ id }) => id), bus.ids, hub.ids, hook.ids]) {
      expect([...new Set(arrived)].sort()).toEqual(expected);
    }
  });
});
