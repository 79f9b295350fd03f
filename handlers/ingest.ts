import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { ingestMessages } from '../src/ingest/ingest-messages.ts';
import { fromQueue } from './from-queue.ts';
import { streamingDetectionOf } from './streaming-detection.ts';

const detect = streamingDetectionOf(environment);

/** Ingests EventBridge's events from their queue, and raises alerts for them. */
export const handler = fromQueue((messages, gatherer, keeping) =>
  ingestMessages(messages, gatherer, keeping, now, detect),
);
