import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type DeliveryResult, deliver, deliverOutbox } from './deliver.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { alertIdsOf } from './delivery-message.ts';

/** What the function answers to Lambda, and what the delivery did. */
export interface DeliveredOnEvent extends DeliveryResult {
  readonly answer: SQSBatchResponse;
  /** Whether the whole outbox was delivered, so that `problems` counts every alert. */
  readonly isOutbox: boolean;
}

/**
 * Delivers the alerts that the queue's messages name, or the outbox when the event has no messages. When a channel fails,
 * the outbox tries again, so the message succeeds. A message that is not a delivery message fails.
 * @throws KeytrailError `store-unavailable`: SQS delivers all messages again
 */
export async function deliverOnEvent(
  event: SQSEvent | object,
  context: DeliveryContext,
): Promise<DeliveredOnEvent> {
  if (!isOfQueue(event)) {
    return { ...(await deliverOutbox(context)), answer: { batchItemFailures: [] }, isOutbox: true };
  }
  const messages = event.Records.map(({ messageId, body }) => ({ messageId, alertIds: alertIdsOf(body) }));
  const alertIds = messages.flatMap(({ alertIds = [] }) => alertIds);
  const batchItemFailures = messages
    .filter(({ alertIds }) => alertIds === undefined)
    .map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { ...(await deliver(alertIds, context)), answer: { batchItemFailures }, isOutbox: false };
}

function isOfQueue(event: SQSEvent | object): event is SQSEvent {
  return 'Records' in event;
}
