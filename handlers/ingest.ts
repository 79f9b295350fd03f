import { ingestMessages } from '../src/ingest/ingest-messages.ts';
import { fromQueue } from './from-queue.ts';
import { raiserOf } from './raise.ts';
import { environment, now } from './settings.ts';

const raise = raiserOf(environment);

/** EventBridge's events out of their queue, into the history. */
export const handler = fromQueue((messages, gatherer, keeping) =>
  ingestMessages(messages, gatherer, keeping, now, raise),
);
