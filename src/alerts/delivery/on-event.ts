import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type DeliveryResult, deliver, deliverOutbox } from './deliver.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { alertIdsOf } from './delivery-message.ts';

/** What a run answers to Lambda, and what came of it. */
export interface DeliveredOnEvent extends DeliveryResult {
  readonly answer: SQSBatchResponse;
  /** Whether it was the outbox that was delivered, so that what it found is all there is. */
  readonly isOutbox: boolean;
}

/**
 * Delivers the alerts that messages of the queue name, or, where no message came, what is in the outbox. A message is
 * done with also where a channel failed: the outbox goes on with that. One that is none fails.
 * @throws KeytrailError `store-unavailable`: all messages come again
 */
export async function deliverOnEvent(
  event: SQSEvent | object,
  delivering: DeliveryContext,
): Promise<DeliveredOnEvent> {
  if (!isOfQueue(event)) {
    return { ...(await deliverOutbox(delivering)), answer: { batchItemFailures: [] }, isOutbox: true };
  }
  const messages = event.Records.map(({ messageId, body }) => ({ messageId, alertIds: alertIdsOf(body) }));
  const alertIds = messages.flatMap(({ alertIds = [] }) => alertIds);
  const batchItemFailures = messages
    .filter(({ alertIds }) => alertIds === undefined)
    .map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { ...(await deliver(alertIds, delivering)), answer: { batchItemFailures }, isOutbox: false };
}

function isOfQueue(event: SQSEvent | object): event is SQSEvent {
  return 'Records' in event;
}
