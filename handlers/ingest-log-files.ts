import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { ingestLogObjects } from '../src/ingest/ingest-log-objects.ts';
import { lazily } from '../src/lazily.ts';
import { openObjectStore } from '../src/s3/object-store.ts';
import { openObjectsOf } from '../src/s3/open-objects.ts';
import { fromQueue } from './from-queue.ts';
import { isPathStyleS3 } from './settings.ts';

const isPathStyle = isPathStyleS3(environment);
const objects = lazily(async () => openObjectsOf(await openObjectStore({ isPathStyle })));

/** Ingests CloudTrail's log files, which S3 announces on the queue. */
export const handler = fromQueue(async (messages, gatherer, keeping) =>
  ingestLogObjects(messages, gatherer, await objects(), keeping, now),
);
