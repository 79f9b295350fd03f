import type { RowSet } from '../facts/row-set.ts';
import type { DayView } from './day-view.ts';

/** Which rows are wanted: all, or those whose use did not succeed. */
type Wanted = 'all' | 'exceptions';

/**
 * The rows of a day that answers show, slot by slot, so that only one slot's are held.
 * @param fromHour of the day; slots that end before it are left out
 */
export async function* rowsOfDay(day: DayView, wanted: Wanted = 'all', fromHour = 0): AsyncGenerator<RowSet> {
  const { slots } = await day.root();
  for (const { to, chunks } of slots) {
    if (to <= fromHour) continue;
    const names = chunks
      .filter(({ kind }) => kind === 'exception' || (kind === 'success' && wanted === 'all'))
      .map(({ name }) => name);
    if (names.length > 0) yield* (await day.chunks(names)).values();
  }
}
