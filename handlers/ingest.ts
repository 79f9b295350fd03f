import type { SQSHandler } from 'aws-lambda';
import { accessKeyHashKey } from '../src/ingest/access-key-hash-key.ts';
import { ingestMessages } from '../src/ingest/ingest-messages.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import { storeOf } from './store.ts';
import { reportIngested } from './telemetry.ts';

const store = storeOf(process.env);
let gatherer: RecordGatherer | undefined;

/** EventBridge's events out of their queue, into the history. */
export const handler: SQSHandler = async ({ Records }) => {
  gatherer ??= new RecordGatherer(await accessKeyHashKey(store.table));
  const ingested = await ingestMessages(Records, gatherer, store, Date.now);
  reportIngested(ingested);
  return { batchItemFailures: ingested.failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
