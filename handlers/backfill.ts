import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { openEventLookup } from '../src/backfill/event-lookup.ts';
import { type BackfillAnswer, backfillOnEvent } from '../src/backfill/on-event.ts';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { storeOf } from './store.ts';

/** What a page that was asked for takes to be durable, and more. */
const ENOUGH_MS = 60_000;

const store = storeOf(environment);

/** Reads missed events out of CloudTrail's event history: `{from, to}`, or what is unfinished. */
export async function handler(event: unknown, context: Context): Promise<BackfillAnswer> {
  // Each time anew: it holds the credentials of the moment, and no connection while the function is frozen.
  const lookup = await openEventLookup();
  try {
    const isTimeUp = () => context.getRemainingTimeInMillis() < ENOUGH_MS;
    const holder = { name: `${context.functionName} ${context.awsRequestId}` };
    return await backfillOnEvent(event, { ...store, lookup, holder, now, sleep, isTimeUp });
  } finally {
    lookup.close();
  }
}
