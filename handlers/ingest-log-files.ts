import { ingestLogObjects } from '../src/ingest/ingest-log-objects.ts';
import { openObjectStore } from '../src/s3/object-store.ts';
import { openObjectsOf } from '../src/s3/open-objects.ts';
import { fromQueue } from './from-queue.ts';
import { environment, isPathStyleS3, now } from './settings.ts';

const objects = openObjectStore({ isPathStyle: isPathStyleS3(environment) }).then(openObjectsOf);

/** CloudTrail's log files, of which S3 tells the queue, into the history. */
export const handler = fromQueue(async (messages, gatherer, keeping) =>
  ingestLogObjects(messages, gatherer, await objects, keeping, now),
);
