import { isObject } from '../cloudtrail/json-members.ts';
import type { Keeping } from '../ingest/make-durable.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { NO_INSTANT, readInstant } from '../utc-time.ts';
import { accountOf } from './account-of.ts';
import { type BackfillCounts, type BackfillParts, type BackfillResult, backfill } from './backfill.ts';
import { isAnyUnfinished, unfinishedWindows, type Window } from './checkpoint.ts';
import type { EventLookup } from './event-lookup.ts';
import type { Holder } from './lease.ts';
import { type Clock, PacedLookup } from './paced-lookup.ts';

/** What a function answers. */
export interface BackfillAnswer extends BackfillCounts {
  readonly isComplete: boolean;
  readonly remarks: readonly string[];
}

export interface OnEventParts extends Keeping, Clock {
  readonly lookup: EventLookup;
  readonly holder: Holder;
}

/**
 * Begins or goes on with the backfill that an event asks for, `{from, to}`; an event without them, as a schedule
 * sends it, goes on with every one that is unfinished in this account and Region, until the time is up. Where another
 * run is at it, what is left is for the next one.
 * @throws KeytrailError `bad-usage`, `lookup-failed`, `store-unavailable`
 */
export async function backfillOnEvent(
  event: unknown,
  { lookup: eventLookup, ...others }: OnEventParts,
): Promise<BackfillAnswer> {
  const lookup = new PacedLookup(eventLookup, others);
  const parts = { ...others, lookup, origin: '' };
  const asked = windowOf(event);
  const windows = asked === undefined ? await unfinishedHere(parts) : [asked];
  let total: BackfillAnswer = {
    events: 0,
    kmsEvents: 0,
    jobEvents: 0,
    quarantinedCount: 0,
    requests: 0,
    isComplete: true,
    remarks: [],
  };
  for (const window of windows) {
    const { result, heldBy } = await backfilled(window, parts);
    total = {
      events: total.events + (result?.events ?? 0),
      kmsEvents: total.kmsEvents + (result?.kmsEvents ?? 0),
      jobEvents: total.jobEvents + (result?.jobEvents ?? 0),
      quarantinedCount: total.quarantinedCount + (result?.quarantinedCount ?? 0),
      requests: lookup.requests,
      isComplete: total.isComplete && result?.isComplete === true,
      remarks: [
        ...total.remarks,
        ...(result?.remarks ?? []),
        ...(heldBy === undefined ? [] : [heldBy.message]),
      ],
    };
    if (heldBy !== undefined) break;
  }
  return total;
}

interface Backfilled {
  readonly result?: BackfillResult;
  /** Where another run is at it, or has taken over: no failure, for what this one was asked is written down. */
  readonly heldBy?: KeytrailError;
}

/** @throws KeytrailError of any other failure */
async function backfilled(window: Window, parts: BackfillParts): Promise<Backfilled> {
  try {
    const result = await backfill(window, parts);
    const { failure } = result;
    if (failure === undefined) return { result };
    if (failure.code === 'backfill-running') return { result, heldBy: failure };
    throw failure;
  } catch (error) {
    if (error instanceof KeytrailError && error.code === 'backfill-running') return { heldBy: error };
    throw error;
  }
}

async function unfinishedHere({ table, lookup }: BackfillParts): Promise<Window[]> {
  // Most of the time nothing is unfinished, and CloudTrail need not be asked whose it is.
  if (!(await isAnyUnfinished(table))) return [];
  const accountId = await accountOf(lookup);
  if (accountId === undefined) return [];
  return unfinishedWindows(table, { accountId, region: lookup.region });
}

function windowOf(event: unknown): Window | undefined {
  if (!isObject<'from' | 'to'>(event)) return undefined;
  const { from, to } = event;
  if (from === undefined && to === undefined) return undefined;
  const window = { fromMs: timeOf('from', from), toMs: timeOf('to', to) };
  if (window.fromMs < window.toMs) return window;
  throw new KeytrailError('bad-usage', 'from must be before to.');
}

function timeOf(name: string, value: unknown): number {
  const timeMs = typeof value === 'string' ? readInstant(value) : undefined;
  if (timeMs !== undefined) return timeMs;
  throw new KeytrailError('bad-usage', `${name} ${NO_INSTANT}.`);
}
