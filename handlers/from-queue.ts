import type { SQSHandler } from 'aws-lambda';
import { accessKeyHashKey } from '../src/ingest/access-key-hash-key.ts';
import type { Keeping } from '../src/ingest/make-durable.ts';
import type { Ingested, QueueMessage } from '../src/ingest/queue-message.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import { environment } from './settings.ts';
import { storeOf } from './store.ts';
import { reportIngested } from './telemetry.ts';

type Ingest = (
  messages: readonly QueueMessage[],
  gatherer: RecordGatherer,
  keeping: Keeping,
) => Promise<Ingested>;

/** A function that takes a queue's messages in. What fails of a batch comes again, and the rest does not. */
export function fromQueue(ingest: Ingest): SQSHandler {
  const store = storeOf(environment);
  let gatherer: RecordGatherer | undefined;
  return async ({ Records }) => {
    gatherer ??= new RecordGatherer(await accessKeyHashKey(store.table));
    const ingested = await ingest(Records, gatherer, store);
    reportIngested(ingested);
    return { batchItemFailures: ingested.failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}
