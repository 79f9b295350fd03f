import type { DayDirectory } from '../history/day-directory.ts';
import { ItemGone, readDirectory } from '../history/day-reader.ts';
import { type DayState, pendingHours, readDay, readDays } from '../history/day-state.ts';
import { expireDay, isLeftOver } from '../history/expire-day.ts';
import { isoTime } from '../history/iso-time.ts';
import { decodeJson, encodeJson } from '../history/json-body.ts';
import type { Table } from '../history/table.ts';
import { holds, readHolds } from './legal-hold.ts';
import { firstKeptDay } from './retention-months.ts';

const RUNS_PK = 'expiry';
const DAYS_PK = 'expiry-day';

/** What one run of the retention did. Times are epoch milliseconds. */
export interface ExpiryRun {
  readonly run: string;
  readonly by: string;
  readonly startedMs: number;
  readonly months: number;
  /** The first day that is kept. */
  readonly cutoff: string;
  readonly days: readonly { readonly day: string; readonly rows: number }[];
  /** Days that were due and are held, by which holds. */
  readonly held: readonly { readonly day: string; readonly holds: readonly string[] }[];
  /** Absent where it was cut off: the next run goes on. */
  readonly finishedMs?: number;
}

/** What there was of a day, written down before it expires. */
export interface ExpiredDay {
  readonly day: string;
  readonly rows: number;
  /** The root that stays, by its sort key. */
  readonly root?: string;
  /** Rows of each key, or reference that no key is known for. */
  readonly keys: readonly { readonly partition: string; readonly rows: number }[];
}

export interface ExpiryOptions {
  /** Names the run, differently each time. */
  readonly run: string;
  readonly by: string;
  readonly months: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Asked before each day: what is left is for the next run. */
  readonly isTimeLeft: () => boolean;
}

/**
 * Lets every day expire that is older than the retention and not held, oldest first. What it does is on record before
 * and after each day. A hold that is placed meanwhile stops it before the next day.
 * @throws KeytrailError `store-unavailable`
 */
export async function runExpiry(
  table: Table,
  { run, by, months, now, isTimeLeft }: ExpiryOptions,
): Promise<ExpiryRun> {
  const startedMs = now();
  const cutoff = firstKeptDay(startedMs, months);
  let record: ExpiryRun = { run, by, startedMs, months, cutoff, days: [], held: [] };
  await putRun(table, record);
  for (const state of (await readDays(table)).filter((one) => isDue(one, cutoff))) {
    if (!isTimeLeft()) return record;
    const { day } = state;
    const holding = (await readHolds(table)).filter((hold) => holds(hold, day));
    if (holding.length > 0) {
      record = { ...record, held: [...record.held, { day, holds: holding.map(({ id }) => id) }] };
      continue;
    }
    const rows = await putExpiredDay(table, day);
    await expireDay(table, day, run, now());
    record = { ...record, days: [...record.days, { day, rows }] };
    await putRun(table, record);
  }
  record = { ...record, finishedMs: now() };
  await putRun(table, record);
  return record;
}

/** Newest first. */
export async function readRuns(table: Table, limit: number): Promise<ExpiryRun[]> {
  const items = await table.query(RUNS_PK, { descending: true, limit });
  return items.map(({ body }) => decodeJson<ExpiryRun>(body, 'A run of the retention'));
}

/** Days that have expired, oldest first. */
export async function readExpiredDays(table: Table): Promise<ExpiredDay[]> {
  const items = await table.query(DAYS_PK);
  return items.map(({ body }) => decodeJson<ExpiredDay>(body, 'What a day had'));
}

/** What is not sealed yet is sealed first: only then is it known what there was. */
function isDue(state: DayState, cutoff: string): boolean {
  if (state.day >= cutoff) return false;
  return state.expired === undefined ? pendingHours(state) === 0 : isLeftOver(state);
}

async function putRun(table: Table, record: ExpiryRun): Promise<void> {
  const sk = `${isoTime(record.startedMs)}.${record.run}`;
  await table.put({ pk: RUNS_PK, sk, body: encodeJson(record) });
}

/** @returns how many rows the day has, or had */
async function putExpiredDay(table: Table, day: string): Promise<number> {
  const state = await readDay(table, day);
  if (state.expired !== undefined) return state.rows;
  let directory: DayDirectory | undefined;
  try {
    directory = await readDirectory(table, state);
  } catch (error) {
    // Another run, or a seal, was faster.
    if (error instanceof ItemGone && (await readDay(table, day)).version !== state.version)
      return putExpiredDay(table, day);
    throw error;
  }
  const keys = (directory?.keys ?? []).map(({ partition, uses }) => ({
    partition,
    rows: uses.reduce((sum, { count }) => sum + count, 0),
  }));
  const told: ExpiredDay = {
    day: state.day,
    rows: state.rows,
    ...(state.root === undefined ? {} : { root: state.root }),
    keys,
  };
  await table.put({ pk: DAYS_PK, sk: state.day, body: encodeJson(told) });
  return state.rows;
}
