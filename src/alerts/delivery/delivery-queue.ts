import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { KeytrailError } from '../../keytrail-error.ts';
import { refusedBy } from './channel.ts';
import { deliveryMessage } from './delivery-message.ts';

/** The alerts of one message can be sent to people as one notice. 500 ids take 13 KB of 1 MiB. */
const IDS_IN_MESSAGE = 500;
/** The limit of SendMessageBatch. */
const MESSAGES_AT_A_TIME = 10;
const MAX_ATTEMPTS = 5;

/** The queue of the function `deliver`. */
export interface DeliveryQueue {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Asks the function `deliver` to deliver alerts that have changed. Nothing is lost when this fails: the alerts are in the
 * outbox, which `deliver` reads every minute.
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
        throw new KeytrailError(
          'delivery-failed',
          'SQS did not accept messages about alerts; they are delivered from the outbox.',
        );
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
