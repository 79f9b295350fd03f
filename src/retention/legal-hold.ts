import { changeDay, readDays } from '../history/day/day-state.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { decodeJson, encodeJson } from '../table/json-body.ts';
import type { Table } from '../table/table.ts';
import { DAY_MS } from '../utc-time.ts';
import { firstKeptDay, LEAST_MONTHS } from './retention-months.ts';

const HOLDS_PK = 'hold';

/** Who did something, when (epoch milliseconds), and why. */
interface Deed {
  readonly by: string;
  readonly timeMs: number;
  readonly reason: string;
}

/** Keeps days from expiring. It is never deleted: what was held, and until when, stays on record. */
export interface LegalHold {
  readonly id: string;
  /** Days, both inclusive; open where absent. */
  readonly from?: string;
  readonly to?: string;
  readonly placed: Deed;
  readonly released?: Deed;
}

/** In the order of their ids. */
export async function readHolds(table: Table): Promise<LegalHold[]> {
  return (await table.query(HOLDS_PK)).map((item) => decodeJson<LegalHold>(item, 'A legal hold'));
}

/**
 * Places a hold. An expiry run reads a day before it reads the holds, and marks the day only if it has not changed since.
 * So once the hold is stored and the day changed, the day either has expired or is held.
 * @returns the days of the hold that had expired already, oldest first
 * @throws KeytrailError `conflict` where there is one of that id already
 */
export async function placeHold(table: Table, hold: LegalHold): Promise<readonly string[]> {
  const item = { pk: HOLDS_PK, sk: hold.id, version: 1, body: encodeJson(hold) };
  if (!(await table.putIf(item, undefined)))
    throw new KeytrailError('conflict', `There is a hold ${hold.id} already; give another id.`);
  // No run takes younger days, whatever its retention, even if its clock is a day ahead.
  const young = firstKeptDay(hold.placed.timeMs + DAY_MS, LEAST_MONTHS);
  const expired: string[] = [];
  for (const { day } of (await readDays(table)).filter((state) => holds(hold, state.day))) {
    if (day >= young) break;
    const state = await changeDay(table, day, (now) => (now.expired === undefined ? { ...now } : undefined));
    if (state.expired !== undefined) expired.push(day);
  }
  return expired;
}

/** @throws KeytrailError `not-found`, `conflict` where it is released already */
export async function releaseHold(table: Table, id: string, released: Deed): Promise<LegalHold> {
  for (;;) {
    const item = await table.get({ pk: HOLDS_PK, sk: id });
    if (item === undefined)
      throw new KeytrailError(
        'not-found',
        `There is no hold ${id}; \`keytrail retention status\` lists them.`,
      );
    const hold = decodeJson<LegalHold>(item, 'A legal hold');
    if (hold.released !== undefined)
      throw new KeytrailError('conflict', `The hold ${id} was released by ${hold.released.by} already.`);
    const next = { ...hold, released };
    const version = item.version ?? 1;
    const put = { pk: HOLDS_PK, sk: id, version: version + 1, body: encodeJson(next) };
    if (await table.putIf(put, version)) return next;
  }
}

/** Whether a hold that is not released keeps a day. */
export function holds({ from, to, released }: LegalHold, day: string): boolean {
  return released === undefined && (from === undefined || day >= from) && (to === undefined || day <= to);
}
