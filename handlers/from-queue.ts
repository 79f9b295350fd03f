import type { SQSHandler } from 'aws-lambda';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { accessKeyHashKey } from '../src/ingest/access-key-hash-key.ts';
import type { Keeping } from '../src/ingest/make-durable.ts';
import type { Ingested, QueueMessage } from '../src/ingest/queue-message.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import { lazily } from '../src/lazily.ts';
import { storeOf } from './store.ts';
import { reportIngested } from './telemetry.ts';

type Ingest = (
  messages: readonly QueueMessage[],
  gatherer: RecordGatherer,
  keeping: Keeping,
) => Promise<Ingested>;

/** A function that ingests a queue's messages. Messages that fail are delivered again; the rest of the batch is not. */
export function fromQueue(ingest: Ingest): SQSHandler {
  const store = storeOf(environment);
  const gatherer = lazily(async () => new RecordGatherer(await accessKeyHashKey(store.table), now));
  return async ({ Records }) => {
    const ingested = await ingest(Records, await gatherer(), store);
    reportIngested(ingested);
    return { batchItemFailures: ingested.failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}
