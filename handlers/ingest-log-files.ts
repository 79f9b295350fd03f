import type { SQSHandler } from 'aws-lambda';
import { accessKeyHashKey } from '../src/ingest/access-key-hash-key.ts';
import { ingestLogObjects } from '../src/ingest/ingest-log-objects.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import { openObjectStore } from '../src/s3/object-store.ts';
import { openObjectsOf } from '../src/s3/open-objects.ts';
import { isPathStyleS3 } from './settings.ts';
import { storeOf } from './store.ts';
import { reportIngested } from './telemetry.ts';

const store = storeOf(process.env);
const objects = openObjectStore({ isPathStyle: isPathStyleS3(process.env) }).then(openObjectsOf);
let gatherer: RecordGatherer | undefined;

/** CloudTrail's log files, of which S3 tells the queue, into the history. */
export const handler: SQSHandler = async ({ Records }) => {
  gatherer ??= new RecordGatherer(await accessKeyHashKey(store.table));
  const ingested = await ingestLogObjects(Records, gatherer, await objects, store, Date.now);
  reportIngested(ingested);
  return { batchItemFailures: ingested.failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
