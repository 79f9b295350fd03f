import { type DayState, readDay, readDays } from '../history/day/day-state.ts';
import {
  closeExpired,
  deleteExpired,
  isLeftOver,
  lateEventsOf,
  markExpired,
  mayExpire,
  rowsByKeyName,
} from '../history/seal/expire-day.ts';
import { decodeJson, encodeJson } from '../table/json-body.ts';
import type { Item, ItemKey, Table } from '../table/table.ts';
import { isoTime } from '../utc-time.ts';
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
  /** Days that it marked as expired. If it was cut off, another run may delete the items of the last one. */
  readonly days: readonly { readonly day: string; readonly rows: number }[];
  /** Days whose deletion another run had begun. */
  readonly resumed: readonly { readonly day: string; readonly run: string }[];
  /**
   * KMS events that came to expired days: they were never shown, and this run deleted them. Events that a crashed run
   * counted and did not delete are counted again by the next.
   */
  readonly late: readonly { readonly day: string; readonly events: number }[];
  /** Days that were due and are held, by which holds. */
  readonly held: readonly { readonly day: string; readonly holds: readonly string[] }[];
  /** Days that are due once they are sealed. */
  readonly unsealed: readonly string[];
  /** Absent where it was cut off: the next run goes on. */
  readonly finishedMs?: number;
}

/** What a day had, stored before it expires. */
export interface ExpiredDay {
  readonly day: string;
  readonly rows: number;
  /** The root that stays, by its sort key. */
  readonly root?: string;
  /** Rows by key name; `partition` is its stored name. */
  readonly keys: readonly { readonly partition: string; readonly rows: number }[];
}

export interface ExpiryOptions {
  /** Names the run, differently each time. */
  readonly run: string;
  readonly by: string;
  readonly months: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Asked before each day; the rest is left to the next run. */
  readonly isTimeLeft: () => boolean;
}

/**
 * Expires every day that is older than the retention and not held, oldest first. A day is in the record of a run before
 * any of its items is deleted. A hold that is placed meanwhile takes effect before the next day.
 * @throws KeytrailError `store-unavailable`
 */
export async function runExpiry(table: Table, options: ExpiryOptions): Promise<ExpiryRun> {
  return new Run(table, options).run();
}

class Run {
  readonly #table: Table;
  readonly #options: ExpiryOptions;
  #record: ExpiryRun;

  constructor(table: Table, options: ExpiryOptions) {
    this.#table = table;
    this.#options = options;
    const { run, by, months, now } = options;
    const startedMs = now();
    const cutoff = firstKeptDay(startedMs, months);
    const none = { days: [], resumed: [], late: [], held: [], unsealed: [] };
    this.#record = { run, by, startedMs, months, cutoff, ...none };
  }

  async run(): Promise<ExpiryRun> {
    await this.#note({});
    const { isTimeLeft, now } = this.#options;
    const old = (await readDays(this.#table)).filter(({ day }) => day < this.#record.cutoff);
    for (const state of old) {
      if (state.expired !== undefined && !isLeftOver(state)) continue;
      if (!isTimeLeft()) {
        await this.#note({});
        return this.#record;
      }
      await this.#take(state.day);
    }
    await this.#note({ finishedMs: now() });
    return this.#record;
  }

  async #take(day: string): Promise<void> {
    for (;;) {
      // Read before the holds: placing a hold changes the day afterwards, and a changed day is not marked.
      const state = await readDay(this.#table, day);
      const holding = (await readHolds(this.#table)).filter((hold) => holds(hold, day));
      if (holding.length > 0) {
        const held = { day, holds: holding.map(({ id }) => id) };
        this.#record = { ...this.#record, held: [...this.#record.held, held] };
        return;
      }
      if (state.expired !== undefined) {
        if (isLeftOver(state)) await this.#resume(day, state.expired.run, state.expired.isGone);
        return;
      }
      if (!mayExpire(state)) {
        this.#record = { ...this.#record, unsealed: [...this.#record.unsealed, day] };
        return;
      }
      if (await this.#expire(state)) return;
    }
  }

  /** @returns false where the day has changed since it was read */
  async #expire(state: DayState): Promise<boolean> {
    const { day, rows } = state;
    if (!(await putExpiredDay(this.#table, state))) return false;
    const { run, now } = this.#options;
    if ((await markExpired(this.#table, state, run, now())) === undefined) return false;
    await this.#note({ days: [...this.#record.days, { day, rows }] });
    await this.#delete(day);
    return true;
  }

  async #resume(day: string, run: string, isGone: boolean): Promise<void> {
    if (!isGone) await this.#note({ resumed: [...this.#record.resumed, { day, run }] });
    await this.#delete(day);
  }

  async #delete(day: string): Promise<void> {
    const closed = await closeExpired(this.#table, day);
    const late = await lateEventsOf(this.#table, closed);
    const events = [...late.values()].reduce((sum, some) => sum + some, 0);
    if (events > 0) await this.#note({ late: [...this.#record.late, { day, events }] });
    await deleteExpired(this.#table, closed);
  }

  async #note(more: Partial<ExpiryRun>): Promise<void> {
    this.#record = { ...this.#record, ...more };
    const sk = `${isoTime(this.#record.startedMs)}.${this.#record.run}`;
    await this.#table.put({ pk: RUNS_PK, sk, body: encodeJson(this.#record) });
  }
}

/** Newest first. */
export async function readRuns(table: Table, limit: number): Promise<ExpiryRun[]> {
  const items = await table.query(RUNS_PK, { descending: true, limit });
  return items.map((item) => decodeJson<ExpiryRun>(item, 'The record of an expiry run'));
}

/** Days that have expired, oldest first. */
export async function readExpiredDays(table: Table): Promise<ExpiredDay[]> {
  const expired = (await readDays(table)).filter((state) => state.expired !== undefined);
  const notes = new Map((await table.getAll(expired.map(noteKey))).map((item) => [item.sk, item]));
  return expired.flatMap((state) => {
    const note: Item | undefined = notes.get(noteKey(state).sk);
    return note === undefined ? [] : [decodeJson<ExpiredDay>(note, 'The record of an expired day')];
  });
}

/** Named by the version that expires: a record that is written late, or for a day that did not expire, is not read. */
function noteKey({ day, root }: DayState): ItemKey {
  return { pk: DAYS_PK, sk: `${day}.${root ?? ''}` };
}

/** @returns false where the day has changed since it was read */
async function putExpiredDay(table: Table, state: DayState): Promise<boolean> {
  const rowsOf = await rowsByKeyName(table, state);
  if (rowsOf === undefined) return false;
  const keys = [...rowsOf].map(([keyName, rows]) => ({ partition: keyName, rows }));
  const { day, rows, root } = state;
  const record: ExpiredDay = { day, rows, ...(root === undefined ? {} : { root }), keys };
  await table.put({ ...noteKey(state), body: encodeJson(record) });
  return true;
}
