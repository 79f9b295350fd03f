import { answerRow, correctableIds } from './answer-row.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { AT } from './fact.ts';
import type { DayView, HistoryView } from './history-view.ts';
import { type KeyDay, MEMBER, type RowRange } from './key-page.ts';
import { dayStart, HOUR_MS } from './names.ts';
import type { Order, Page, PageRequest, UsageFilter } from './questions.ts';
import type { RowSet } from './row-set.ts';
import { UsageMatcher } from './usage-filter.ts';
import type { UsageRow } from './usage-row.ts';

/** A question about usage with its window settled and its keys looked up. */
export interface UsageQuestion {
  readonly filter: UsageFilter;
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined where the question names no key. */
  readonly partitions: readonly string[] | undefined;
}

/** A row where it lies, with its place in the order of answers. */
export interface FoundRow {
  readonly set: RowSet;
  readonly row: number;
  readonly timeMs: number;
  readonly eventId: string;
  readonly keyRole: string;
}

type Position = Pick<FoundRow, 'timeMs' | 'eventId' | 'keyRole'>;

/** One page of rows in the order of (time, event id, key role). */
export async function askUsage(
  view: HistoryView,
  question: UsageQuestion,
  page: PageRequest & { readonly order: Order },
  mark: string,
): Promise<Page<UsageRow>> {
  const cursor = page.cursor === undefined ? undefined : decodeCursor(mark, page.cursor);
  const after = cursor === undefined ? undefined : positionOf(cursor.after);
  const rows: FoundRow[] = [];
  const limit = page.limit + 1;
  for await (const batch of findRows(view, question, page.order, after, limit)) {
    for (const row of batch) {
      rows.push(row);
      if (rows.length === limit) break;
    }
    if (rows.length === limit) break;
  }
  const items = await answerRows(view, rows.slice(0, page.limit));
  if (rows.length < limit) return { items };
  const last = rows[page.limit - 1] as FoundRow;
  const position = [last.timeMs, last.eventId, last.keyRole];
  return {
    items,
    next: encodeCursor(mark, { fromMs: question.fromMs, toMs: question.toMs, after: position }),
  };
}

/** Found rows as answers show them, in their order. */
export async function answerRows(view: HistoryView, rows: readonly FoundRow[]): Promise<UsageRow[]> {
  const corrections = await view.corrections(rows.flatMap(({ set, row }) => correctableIds(set, row)));
  return rows.map(({ set, row }) => answerRow(set, row, corrections));
}

function positionOf(after: readonly (string | number)[]): Position {
  return { timeMs: Number(after[0]), eventId: String(after[1]), keyRole: String(after[2]) };
}

/**
 * The matching rows in order, in batches: each batch is sorted, and follows the one before. Reads no further
 * than it is asked, and what it guesses `wanted` rows to need with as few requests as it can.
 */
export async function* findRows(
  view: HistoryView,
  question: UsageQuestion,
  order: Order,
  after?: Position,
  wanted = Number.POSITIVE_INFINITY,
): AsyncGenerator<FoundRow[]> {
  const matcher = new UsageMatcher(question.filter);
  if (!matcher.isPossible || question.partitions?.length === 0) return;
  let { fromMs, toMs } = question;
  if (after !== undefined && order === 'asc') fromMs = Math.max(fromMs, after.timeMs);
  if (after !== undefined && order === 'desc') toMs = Math.min(toMs, after.timeMs + 1);
  const direction = order === 'asc' ? 1 : -1;
  const days = view.days(fromMs, toMs);
  if (order === 'desc') days.reverse();
  let missing = wanted;
  // Key-days of a few days at once: a page seldom needs more, and each batch is one query.
  for (let start = 0, batch = 1; start < days.length; start += batch, batch = Math.min(32, batch * 2)) {
    const some = await view.open(days.slice(start, start + batch));
    for await (const found of rowsOfDays(view, question, matcher, some, { fromMs, toMs, order, missing })) {
      found.sort((a, b) => direction * compareRows(a, b));
      const rows =
        after === undefined ? found : found.filter((row) => direction * compareRows(row, after) > 0);
      missing -= rows.length;
      yield rows;
    }
  }
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly order: Order;
  /** How many rows are still wanted. */
  readonly missing: number;
}

/** The matching rows of some days in batches that follow each other in the order asked for, each in no order. */
async function* rowsOfDays(
  view: HistoryView,
  question: UsageQuestion,
  matcher: UsageMatcher,
  days: readonly DayView[],
  stretch: Stretch,
): AsyncGenerator<FoundRow[]> {
  if (question.partitions === undefined && matcher.principals === undefined) {
    // Nothing says which keys: the slots' chunks themselves are fewer than the pages that tell of them.
    await view.loadRoots(days);
    for (const day of days) {
      for (const names of await chunksBySlot(day, matcher, stretch)) {
        yield matchingRows(await day.chunks(names), matcher, stretch.fromMs, stretch.toMs);
      }
    }
    return;
  }
  const keyDays = await candidateKeyDays(view, question, matcher, days);
  const ranges = days.flatMap((day) =>
    (keyDays.get(day) ?? []).flatMap((keyDay) => matchingRanges(day, keyDay, matcher, stretch)),
  );
  yield* rowsInOrder(view, ranges, matcher, stretch);
}

/** A range that may hold matching rows, and how many are to be expected. */
interface LikelyRange {
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
async function* rowsInOrder(
  view: HistoryView,
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
    held.push(...(await rowsOfLikely(view, ranges.slice(at, end), matcher, fromMs, toMs)));
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
  view: HistoryView,
  ranges: readonly LikelyRange[],
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
): Promise<FoundRow[]> {
  const byDay = Map.groupBy(ranges, ({ day }) => day);
  await view.loadRoots([...byDay.keys()]);
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

async function chunksBySlot(day: DayView, matcher: UsageMatcher, stretch: Stretch): Promise<string[][]> {
  const start = dayStart(day.day);
  const { slots } = await day.root();
  const names = slots
    .filter(({ from, to }) => start + from * HOUR_MS < stretch.toMs && start + to * HOUR_MS > stretch.fromMs)
    .map(({ chunks }) =>
      chunks
        .filter(({ kind }) =>
          kind === 'success' ? matcher.wantsSuccesses : kind === 'exception' && matcher.wantsExceptions,
        )
        .map(({ name }) => name),
    );
  return stretch.order === 'asc' ? names : names.reverse();
}

function matchingRows(
  chunks: ReadonlyMap<string, RowSet>,
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
): FoundRow[] {
  const found: FoundRow[] = [];
  for (const set of chunks.values()) {
    const matches = matcher.rows(set);
    for (let row = 0; row < set.length; row++) {
      const timeMs = set.times[row] as number;
      if (timeMs >= fromMs && timeMs < toMs && matches(row)) found.push(foundRow(set, row));
    }
  }
  return found;
}

/** The key-days that may hold matching rows. */
export async function candidateKeyDays(
  view: HistoryView,
  question: UsageQuestion,
  matcher: UsageMatcher,
  days: readonly DayView[],
): Promise<Map<DayView, KeyDay[]>> {
  if (question.partitions !== undefined) return view.keyDaysOf(question.partitions, days);
  if (matcher.principals !== undefined) {
    return view.keyDaysIn(await view.pageBucketsOf(matcher.principals, days));
  }
  const answer = new Map<DayView, KeyDay[]>();
  await view.loadRoots(days);
  for (const day of days) answer.set(day, await day.keyDays());
  return answer;
}

/** The ranges of a key-day that may hold matching rows, with the share of theirs that its groups let expect. */
function matchingRanges(
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

/** The matching rows of some ranges of a day, in no order. */
export async function rowsOfRanges(
  day: DayView,
  ranges: readonly RowRange[],
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
): Promise<FoundRow[]> {
  const found: FoundRow[] = [];
  const tests = new Map<RowSet, (row: number) => boolean>();
  for (const [range, set] of await day.chunksOf(ranges)) {
    let matches = tests.get(set);
    if (matches === undefined) {
      matches = matcher.rows(set);
      tests.set(set, matches);
    }
    for (let row = range.start; row < range.start + range.count; row++) {
      const timeMs = set.times[row] as number;
      if (timeMs < fromMs || timeMs >= toMs || !matches(row)) continue;
      found.push(foundRow(set, row));
    }
  }
  return found;
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
