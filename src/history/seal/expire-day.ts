import type { Item, Table } from '../../table/table.ts';
import { DAY_MS, dayStart } from '../../utc-time.ts';
import { shardPks } from '../append/write-shards.ts';
import { ItemGone, readDirectory, readRoot } from '../day/day-reader.ts';
import { itemKeysOf } from '../day/day-root.ts';
import { changeDay, type DayState, hasMovedOn, isUnsettled, moveDay, readDay } from '../day/day-state.ts';
import { raiseExpiryCount } from '../day/expiry-count.ts';
import { decodeRows } from '../facts/row-block.ts';
import { DESTINATION, RoleByProfile } from '../facts/row-roles.ts';
import { rootPk } from '../facts/table-keys.ts';
import { deleteAllUnder } from './sweep.ts';

/** Whether a day may be marked as expired: it must be sealed, and have no other days left to invalidate. */
export function mayExpire(state: DayState): boolean {
  return state.expired === undefined && !isUnsettled(state);
}

/** Whether an expired day has items left to delete: a run was cut off, or facts came late. */
export function isLeftOver({ expired, pending }: DayState): boolean {
  return expired !== undefined && (!expired.isGone || Object.keys(pending).length > 0);
}

/**
 * The number of rows of each key name of a day.
 * @returns undefined where the day has changed since it was read
 */
export async function rowsByKeyName(
  table: Table,
  state: DayState,
): Promise<ReadonlyMap<string, number> | undefined> {
  try {
    const directory = await readDirectory(table, state);
    return new Map(
      (directory?.keys ?? []).map(({ keyName, uses }) => [
        keyName,
        uses.reduce((sum, { count }) => sum + count, 0),
      ]),
    );
  } catch (error) {
    // Another expiry run, or a seal, was faster.
    if (error instanceof ItemGone && hasMovedOn(state, await readDay(table, state.day))) return undefined;
    throw error;
  }
}

/**
 * Marks a day as expired: from then on no reader shows it and nobody seals it.
 * @param state of a day that may expire
 * @returns undefined where the day has changed since it was read
 */
export async function markExpired(
  table: Table,
  state: DayState,
  run: string,
  nowMs: number,
): Promise<DayState | undefined> {
  return moveDay(table, state, { ...state, expired: { run, timeMs: nowMs, isGone: false } });
}

/**
 * Closes the generation of an expired day, so that a batch in progress puts its segments under the next one and not among
 * those that are deleted now. Questions that read the day before it was marked are asked again.
 */
export async function closeExpired(table: Table, day: string): Promise<DayState> {
  await raiseExpiryCount(table);
  return changeDay(table, day, (state) => ({ ...state, open: state.open + 1 }));
}

/**
 * Deletes the items of an expired day, except the day's own item and its root, which says and proves what there was. It
 * may be repeated after a crash, and run twice at once.
 */
export async function deleteExpired(table: Table, closed: DayState): Promise<void> {
  await deleteItems(table, closed);
  await changeDay(table, closed.day, (state) => {
    if (state.expired === undefined) return undefined;
    // Later generations are left to the next run.
    const later = Object.entries(state.pending).filter(([generation]) => Number(generation) >= closed.open);
    const expired = { ...state.expired, isGone: true };
    return { ...state, pending: Object.fromEntries(later), expired };
  });
}

async function deleteItems(table: Table, state: DayState): Promise<void> {
  // The segments of closed generations are there until they are swept.
  for (let generation = 1; generation < state.open; generation++) {
    for (const pk of shardPks(state, generation)) await deleteAllUnder(table, pk);
  }
  const root = await readRoot(table, state);
  if (root === undefined) return;
  const keys = itemKeysOf(root, state.root ?? '').filter(
    ({ pk, sk }) => !(pk === rootPk(state.day) && sk === state.root),
  );
  await table.write([], keys);
}

/**
 * How many KMS events are in the closed generations of an expired day, by origin. An event of two batches is counted
 * twice: only a seal finds duplicates, and an expired day is not sealed.
 */
export async function lateEventsOf(table: Table, state: DayState): Promise<Map<string, number>> {
  const events = new Map<string, number>();
  const startMs = dayStart(state.day);
  const closed = Object.keys(state.pending).map(Number);
  for (const pk of closed.filter((one) => one < state.open).flatMap((one) => shardPks(state, one))) {
    for (const segment of await table.query(pk)) {
      const origin = String(segment.fields?.['origin'] ?? '');
      events.set(origin, (events.get(origin) ?? 0) + eventsIn(segment, startMs));
    }
  }
  return events;
}

/** A ReEncrypt has two facts of one event; facts outside the day are boundary rows of a neighbouring day. */
function eventsIn(segment: Item, startMs: number): number {
  const facts = decodeRows(segment);
  const roles = new RoleByProfile(facts);
  let events = 0;
  for (let row = 0; row < facts.length; row++) {
    const timeMs = facts.times[row] ?? 0;
    if (roles.of(row) !== DESTINATION && timeMs >= startMs && timeMs < startMs + DAY_MS) events++;
  }
  return events;
}
