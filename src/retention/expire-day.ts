import { shardPks } from '../history/append/write-shards.ts';
import { readRoot } from '../history/day/day-reader.ts';
import { itemKeysOf } from '../history/day/day-root.ts';
import { changeDay, type DayState, isUnsettled, moveDay } from '../history/day/day-state.ts';
import { raiseExpiryCount } from '../history/day/expiry-count.ts';
import { rootPk } from '../history/facts/table-keys.ts';
import { deleteAllUnder } from '../history/seal/sweep.ts';
import type { Table } from '../table/table.ts';

/** Whether a day may be marked as expired: it must be sealed, and have no other days left to invalidate. */
export function mayExpire(state: DayState): boolean {
  return state.expired === undefined && !isUnsettled(state);
}

/** Whether an expired day has items left to delete: a run was cut off, or facts came late. */
export function isLeftOver({ expired, pending }: DayState): boolean {
  return expired !== undefined && (!expired.isGone || Object.keys(pending).length > 0);
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
 * Deletes the items of an expired day, except the day's own item, its root (which says and proves what there was) and
 * what it says of aliases, which other days depend on. It may be repeated after a crash, and run twice at once.
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
  // Closed generations lie there until a sweep comes by.
  for (let generation = 1; generation < state.open; generation++) {
    for (const pk of shardPks(state, generation)) await deleteAllUnder(table, pk);
  }
  const root = await readRoot(table, state);
  if (root === undefined) return;
  const keys = itemKeysOf(root, state.root ?? '').filter(
    ({ pk, sk }) => pk !== 'A' && !(pk === rootPk(state.day) && sk === state.root),
  );
  await table.write([], keys);
}
