import type { Table } from '../../table/table.ts';
import { hourMask } from '../../utc-time.ts';
import { ItemGone, readRoot } from './day-reader.ts';
import type { DayRoot, Slot } from './day-root.ts';
import { type DayState, hasMovedOn, moveDay, pendingHours, readDay } from './day-state.ts';

type Hours = Pick<Slot, 'from' | 'to'>;

/**
 * Makes hours of a day stale, so that they are sealed again. Hours that are pending become stale too: a seal of them
 * may be in progress that knows only what was known before.
 * @param slotsOf answers the slots of a sealed day that are to be sealed again
 */
export async function makeStale(
  table: Table,
  day: string,
  slotsOf: (root: DayRoot) => readonly Hours[] | Promise<readonly Hours[]>,
): Promise<void> {
  for (;;) {
    const state = await readDay(table, day);
    if (state.expired !== undefined) return;
    let slots: readonly Hours[];
    try {
      slots = await staleSlots(table, state, slotsOf);
    } catch (error) {
      if (error instanceof ItemGone && hasMovedOn(state, await readDay(table, day))) continue;
      throw error;
    }
    const stale = slots.reduce((mask, { from, to }) => mask | hourMask(from, to), pendingHours(state));
    if (stale === 0) return;
    const next = { ...state, stale: state.stale | stale, staleCount: state.staleCount + 1 };
    if ((await moveDay(table, state, next)) !== undefined) return;
  }
}

async function staleSlots(
  table: Table,
  state: DayState,
  slotsOf: (root: DayRoot) => readonly Hours[] | Promise<readonly Hours[]>,
): Promise<readonly Hours[]> {
  const root = await readRoot(table, state);
  return root === undefined ? [] : slotsOf(root);
}
