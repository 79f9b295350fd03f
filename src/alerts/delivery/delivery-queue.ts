import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { KeytrailError } from '../../keytrail-error.ts';
import { refusedBy } from './channel.ts';
import { deliveryMessage } from './delivery-message.ts';

/** Alerts of one message are told as one where they are many: 500 ids are 13 KB of its 1 MiB. */
const IDS_IN_MESSAGE = 500;
/** SendMessageBatch takes no more. */
const MESSAGES_AT_A_TIME = 10;
const MAX_ATTEMPTS = 5;

export interface DeliveryQueue {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Tells the function that delivers of alerts that have changed. Nothing is lost where this fails: they are in the
 * outbox, which is looked through every minute.
 * @throws KeytrailError `delivery-failed`
 */
export async function requestDelivery(
  alertIds: readonly string[],
  { client, queueUrl, sleep }: DeliveryQueue,
): Promise<void> {
  const ids = [...new Set(alertIds)];
  const messages = Array.from({ length: Math.ceil(ids.length / IDS_IN_MESSAGE) }, (_, index) =>
    deliveryMessage(ids.slice(index * IDS_IN_MESSAGE, (index + 1) * IDS_IN_MESSAGE)),
  );
  for (let start = 0; start < messages.length; start += MESSAGES_AT_A_TIME) {
    let left = messages.slice(start, start + MESSAGES_AT_A_TIME);
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === MAX_ATTEMPTS) {
        throw new KeytrailError('delivery-failed', 'SQS did not take messages of alerts; they come later.');
      }
      if (attempt > 0) await sleep(50 * 2 ** attempt);
      left = await refusedOf(left);
    }
  }

  async function refusedOf(bodies: readonly string[]): Promise<string[]> {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    try {
      const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
      const { Failed = [] } = await client.send(command);
      return Failed.flatMap(({ Id }) => bodies[Number(Id)] ?? []);
    } catch (error) {
      throw refusedBy('SQS', error);
    }
  }
}
