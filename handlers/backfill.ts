import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { openEventLookup } from '../src/backfill/event-lookup.ts';
import { type BackfillAnswer, backfillOnEvent } from '../src/backfill/on-event.ts';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { storeOf } from './store.ts';

/** More than one requested page takes until it is durable. */
const ENOUGH_MS = 60_000;

const store = storeOf(environment);

/** Reads missed events from CloudTrail's event history: those of `{from, to}`, or of unfinished requests. */
export async function handler(event: unknown, context: Context): Promise<BackfillAnswer> {
  // Opened by each invocation, so that it has current credentials, and no connection while the function is frozen.
  const lookup = await openEventLookup();
  try {
    const isTimeUp = () => context.getRemainingTimeInMillis() < ENOUGH_MS;
    const holder = { name: `${context.functionName} ${context.awsRequestId}` };
    return await backfillOnEvent(event, { ...store, lookup, holder, now, sleep, isTimeUp });
  } finally {
    lookup.close();
  }
}
