import { dayStart, HOUR_MS } from '../../utc-time.ts';
import { type KeyDay, MEMBER, type RowRange } from '../pages/key-day.ts';
import type { DayView } from './day-view.ts';
import { type FoundRow, rowsOfRanges } from './found-rows.ts';
import type { Order } from './questions.ts';
import type { UsageMatcher } from './usage-filter.ts';

/** What of some days is asked for. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly order: Order;
  /** How many rows are still wanted. */
  readonly missing: number;
}

/** A range that may hold matching rows, and how many are to be expected. */
export interface LikelyRange {
  readonly day: DayView;
  readonly range: RowRange;
  readonly expected: number;
}

/** Ranges read at once at the most: some megabytes of rows. */
const RANGES_AT_ONCE = 64;
/** Guesses are off: a little more is read than they say, rather than asking a second time. */
const MARGIN = 1.25;

/**
 * The matching rows of ranges, in batches that follow each other. Ranges are read in the order of their times;
 * a row is answered once no range that is not read yet can hold one before it.
 */
export async function* rowsInOrder(
  ranges: LikelyRange[],
  matcher: UsageMatcher,
  { fromMs, toMs, order, missing }: Stretch,
): AsyncGenerator<FoundRow[]> {
  const isAscending = order === 'asc';
  ranges.sort(({ range: a }, { range: b }) => (isAscending ? a.firstMs - b.firstMs : b.lastMs - a.lastMs));
  let held: FoundRow[] = [];
  let left = missing;
  for (let at = 0; at < ranges.length; ) {
    let end = at;
    for (let expected = held.length; end < ranges.length && end - at < RANGES_AT_ONCE; end++) {
      if (end > at && expected > left * MARGIN) break;
      expected += (ranges[end] as LikelyRange).expected;
    }
    held.push(...(await rowsOfLikely(ranges.slice(at, end), matcher, fromMs, toMs)));
    at = end;
    const next = ranges[at]?.range;
    const isSettled = ({ timeMs }: FoundRow) =>
      next === undefined || (isAscending ? timeMs < next.firstMs : timeMs > next.lastMs);
    const settled = held.filter(isSettled);
    if (settled.length === 0) continue;
    held = held.filter((row) => !isSettled(row));
    left -= settled.length;
    yield settled;
  }
}

async function rowsOfLikely(
  ranges: readonly LikelyRange[],
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
): Promise<FoundRow[]> {
  const byDay = Map.groupBy(ranges, ({ day }) => day);
  const found = [...byDay].map(([day, some]) =>
    rowsOfRanges(
      day,
      some.map(({ range }) => range),
      matcher,
      fromMs,
      toMs,
    ),
  );
  return (await Promise.all(found)).flat();
}

/** The ranges of a key-day that may hold matching rows, with the share of theirs that its groups let expect. */
export function likelyRanges(
  day: DayView,
  keyDay: KeyDay,
  matcher: UsageMatcher,
  { fromMs, toMs }: Stretch,
): LikelyRange[] {
  const start = dayStart(day.day);
  // By hour, of successes and of exceptions: rows of the key, and those that match.
  const rows = [new Float64Array(24), new Float64Array(24)] as const;
  const matching = [new Float64Array(24), new Float64Array(24)] as const;
  let isAny = false;
  for (const group of keyDay.groups) {
    const kind = group.members[MEMBER.outcome] === 'success' ? 0 : 1;
    rows[kind][group.hour] = (rows[kind][group.hour] as number) + group.count;
    if (group.firstMs >= toMs || group.lastMs < fromMs) continue;
    if (!matcher.group(group.members, keyDay.keyArn)) continue;
    matching[kind][group.hour] = (matching[kind][group.hour] as number) + group.count;
    isAny = true;
  }
  if (!isAny) return [];
  return keyDay.ranges.flatMap((range): LikelyRange[] => {
    if (range.firstMs >= toMs || range.lastMs < fromMs) return [];
    const kind = range.isException ? 1 : 0;
    const firstHour = Math.floor((range.firstMs - start) / HOUR_MS);
    const afterLast = Math.floor((range.lastMs - start) / HOUR_MS) + 1;
    const matches = sum(matching[kind].subarray(firstHour, afterLast));
    if (matches === 0) return [];
    return [
      { day, range, expected: (range.count * matches) / sum(rows[kind].subarray(firstHour, afterLast)) },
    ];
  });
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}
