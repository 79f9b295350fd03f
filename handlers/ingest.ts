import { ingestMessages } from '../src/ingest/ingest-messages.ts';
import { fromQueue } from './from-queue.ts';
import { environment, now } from './settings.ts';
import { streamingDetectionOf } from './streaming-detection.ts';

const detect = streamingDetectionOf(environment);

/** Ingests EventBridge's events from their queue, and raises alerts for them. */
export const handler = fromQueue((messages, gatherer, keeping) =>
  ingestMessages(messages, gatherer, keeping, now, detect),
);
