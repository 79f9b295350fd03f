import { readRoot } from './day-reader.ts';
import { itemKeysOf } from './day-root.ts';
import { changeDay, type DayState } from './day-state.ts';
import { rootPk, segmentPk } from './names.ts';
import { deletePartition } from './sweep.ts';
import type { Table } from './table.ts';

/**
 * Lets the rows of a day expire. The day is marked first, from when on no reader shows it and nobody seals it; then its
 * items go: everything but the day's own item, its root, which says what there was and proves it, and what it told of
 * aliases, which other days go by. After a crash anywhere, done again it comes to the same end; two at once do too.
 * @returns the day as it is then
 */
export async function expireDay(table: Table, day: string, run: string, nowMs: number): Promise<DayState> {
  // The open generation is closed with it: a batch on its way sees that, and puts what it has under the next one.
  const marked = await changeDay(table, day, (state) => ({
    ...state,
    open: state.open + 1,
    expired: state.expired ?? { run, timeMs: nowMs, isGone: false },
  }));
  await deleteItems(table, marked);
  return changeDay(table, day, (state) => {
    if (state.expired === undefined) return undefined;
    // What comes from now on, the next run takes away.
    const later = Object.entries(state.pending).filter(([generation]) => Number(generation) >= marked.open);
    const expired = { ...state.expired, isGone: true };
    return { ...state, pending: Object.fromEntries(later), stale: 0, untold: [], expired };
  });
}

/** Whether a run has to come back to a day that has expired: it was cut off, or something came late. */
export function isLeftOver({ expired, pending }: DayState): boolean {
  return expired !== undefined && (!expired.isGone || Object.keys(pending).length > 0);
}

async function deleteItems(table: Table, state: DayState): Promise<void> {
  // Closed generations lie there until a sweep comes by.
  for (let generation = 1; generation < state.open; generation++) {
    await deletePartition(table, segmentPk(state.day, generation));
  }
  const root = await readRoot(table, state);
  if (root === undefined) return;
  const keys = itemKeysOf(root, state.root ?? '').filter(
    ({ pk, sk }) => pk !== 'A' && !(pk === rootPk(state.day) && sk === state.root),
  );
  await table.write([], keys);
}
