import { shardPks } from '../history/append/write-shards.ts';
import { readRoot } from '../history/day/day-reader.ts';
import { itemKeysOf } from '../history/day/day-root.ts';
import { changeDay, type DayState, isUnsettled, moveDay } from '../history/day/day-state.ts';
import { raiseExpiryCount } from '../history/day/expiry-count.ts';
import { rootPk } from '../history/facts/table-keys.ts';
import { deleteAllUnder } from '../history/seal/sweep.ts';
import type { Table } from '../table/table.ts';

/** Whether a day may be marked: what is not sealed, or not told to other days yet, is so first. */
export function mayExpire(state: DayState): boolean {
  return state.expired === undefined && !isUnsettled(state);
}

/** Whether a run has to come back to a day that has expired: it was cut off, or something came late. */
export function isLeftOver({ expired, pending }: DayState): boolean {
  return expired !== undefined && (!expired.isGone || Object.keys(pending).length > 0);
}

/**
 * Marks a day, from when on no reader shows it and nobody seals it.
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
 * From here on a batch that is on its way sees that it came too late for what is deleted now, and puts what it has
 * under the next generation; and a question that saw the day before it was marked is asked again.
 */
export async function closeExpired(table: Table, day: string): Promise<DayState> {
  await raiseExpiryCount(table);
  return changeDay(table, day, (state) => ({ ...state, open: state.open + 1 }));
}

/**
 * Deletes a closed day's items: everything but the day's own item, its root, which says what there was and proves it,
 * and what it told of aliases, which other days go by. After a crash anywhere, done again it comes to the same end; two
 * at once do too.
 */
export async function deleteExpired(table: Table, closed: DayState): Promise<void> {
  await deleteItems(table, closed);
  await changeDay(table, closed.day, (state) => {
    if (state.expired === undefined) return undefined;
    // What comes from now on, the next run takes away.
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
