import { AT } from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';
import type { RowRange } from '../pages/key-day.ts';
import type { DayView } from './day-view.ts';
import type { UsageMatcher } from './usage-filter.ts';

/** A row in its set, with its position in the order of answers. */
export interface FoundRow {
  readonly set: RowSet;
  readonly row: number;
  readonly timeMs: number;
  readonly eventId: string;
  readonly keyRole: string;
}

export type Position = Pick<FoundRow, 'timeMs' | 'eventId' | 'keyRole'>;

/** The matching rows of some ranges of a day, in no order. */
export async function rowsOfRanges(
  day: DayView,
  ranges: readonly RowRange[],
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
): Promise<FoundRow[]> {
  const found: FoundRow[] = [];
  await visitRows(day, ranges, matcher, fromMs, toMs, (set, row) => found.push(foundRow(set, row)));
  return found;
}

/** Calls `visit` with each such row, so that rows which are only counted need no objects. */
export async function visitRows(
  day: DayView,
  ranges: readonly RowRange[],
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
  visit: (set: RowSet, row: number, timeMs: number) => void,
): Promise<void> {
  for (const [range, set] of await day.chunksOf(ranges)) {
    const matches = matcher.rows(set);
    for (let row = range.start; row < range.start + range.count; row++) {
      const timeMs = set.times[row] as number;
      if (timeMs >= fromMs && timeMs < toMs && matches(row)) visit(set, row, timeMs);
    }
  }
}

export function foundRow(set: RowSet, row: number): FoundRow {
  const profile = set.profileOf(row);
  return {
    set,
    row,
    timeMs: set.times[row] as number,
    eventId: set.eventId(row),
    keyRole: profile[AT.keyRole] ?? '',
  };
}

export function compareRows(a: Position, b: Position): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  if (a.eventId !== b.eventId) return a.eventId < b.eventId ? -1 : 1;
  return a.keyRole < b.keyRole ? -1 : a.keyRole > b.keyRole ? 1 : 0;
}
