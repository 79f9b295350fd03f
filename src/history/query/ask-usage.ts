import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { decodeCursor, encodeCursor } from '../../text/cursor.ts';
import { countWithinBytes } from '../../text/page-bytes.ts';
import { dayStart, HOUR_MS } from '../../utc-time.ts';
import type { RowSet } from '../facts/row-set.ts';
import { bucketOf } from '../facts/table-keys.ts';
import type { KeyDay } from '../pages/key-day.ts';
import { answerRow, correctableIds } from './answer-row.ts';
import type { DayView } from './day-view.ts';
import { compareRows, type FoundRow, foundRow, type Position } from './found-rows.ts';
import type { HistoryView } from './history-view.ts';
import type { Order, Page, UsageFilter, UsagePageRequest, UsageRow } from './questions.ts';
import type { SourceReader } from './row-sources.ts';
import { likelyRanges, rowsInOrder, type Stretch } from './rows-in-order.ts';
import { UsageMatcher } from './usage-filter.ts';
import { verdictOfRow } from './verdict-of-row.ts';

/** A question about usage with its window settled and its keys looked up. */
export interface UsageQuestion {
  readonly filter: UsageFilter;
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined where the question names no key. */
  readonly keyNames: readonly string[] | undefined;
}

/** One page of rows in the order of (time, event id, key role). */
export async function askUsage(
  view: HistoryView,
  question: UsageQuestion,
  page: UsagePageRequest,
  mark: string,
  sources?: SourceReader,
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
  const answers = await answerRows(view, rows.slice(0, page.limit), sources);
  const items = answers.slice(0, countWithinBytes(answers));
  if (rows.length === items.length) return { items };
  const last = rows[items.length - 1] as FoundRow;
  const position = [last.timeMs, last.eventId, last.keyRole];
  return {
    items,
    next: encodeCursor(mark, { fromMs: question.fromMs, toMs: question.toMs, after: position }),
  };
}

/**
 * Found rows as answers show them, in their order.
 * @param sources says where their records were read; absent where that is not asked for
 */
export async function answerRows(
  view: HistoryView,
  rows: readonly FoundRow[],
  sources?: SourceReader,
): Promise<UsageRow[]> {
  const [corrections, read = []] = await Promise.all([
    view.corrections(rows.flatMap(({ set, row }) => correctableIds(set, row))),
    sources?.of(rows),
  ]);
  return rows.map(({ set, row }, place) => ({
    ...withVerdict(answerRow(set, row, corrections), view.judge),
    ...read[place],
  }));
}

function withVerdict(row: UsageRow, judge: ExpectationJudge | undefined): UsageRow {
  if (judge === undefined) return row;
  const { expected, expectation } = verdictOfRow(judge, row);
  const { attribution, ...others } = row;
  return { ...others, expected, ...(expectation === undefined ? {} : { expectation }), attribution };
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
  const matcher = new UsageMatcher(question.filter, view.judge);
  if (!matcher.isPossible || question.keyNames?.length === 0) return;
  let { fromMs, toMs } = question;
  if (after !== undefined && order === 'asc') fromMs = Math.max(fromMs, after.timeMs);
  if (after !== undefined && order === 'desc') toMs = Math.min(toMs, after.timeMs + 1);
  const direction = order === 'asc' ? 1 : -1;
  const days = await view.daysFor(question.filter, fromMs, toMs);
  if (order === 'desc') days.reverse();
  let missing = wanted;
  // Key-days of a few days at once: a page seldom needs more, and each batch is one query.
  for (let start = 0, batch = 1; start < days.length; start += batch, batch = Math.min(32, batch * 2)) {
    const some = await view.open(days.slice(start, start + batch));
    for await (const found of rowsOfDays(view, question, matcher, some, { fromMs, toMs, order, missing })) {
      await view.turn();
      found.sort((a, b) => direction * compareRows(a, b));
      const rows =
        after === undefined ? found : found.filter((row) => direction * compareRows(row, after) > 0);
      missing -= rows.length;
      yield rows;
    }
  }
}

/** The matching rows of some days in batches that follow each other in the order asked for, each in no order. */
async function* rowsOfDays(
  view: HistoryView,
  question: UsageQuestion,
  matcher: UsageMatcher,
  days: readonly DayView[],
  stretch: Stretch,
): AsyncGenerator<FoundRow[]> {
  if (question.keyNames === undefined && matcher.principals === undefined && matcher.jobs === undefined) {
    // Nothing says which keys: the slots' chunks themselves are fewer than the pages that list their rows.
    const slots = await Promise.all(days.map((day) => chunksBySlot(day, matcher, stretch)));
    for (const [number, day] of days.entries()) {
      for (const names of slots[number] ?? []) {
        yield matchingRows(await day.chunks(names), matcher, stretch.fromMs, stretch.toMs);
      }
    }
    return;
  }
  const keyDays = await candidateKeyDays(view, question, matcher, days);
  const ranges = days.flatMap((day) =>
    (keyDays.get(day) ?? []).flatMap((keyDay) => likelyRanges(day, keyDay, matcher, stretch)),
  );
  yield* rowsInOrder(ranges, matcher, stretch);
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
  if (question.keyNames !== undefined) return view.keyDaysOf(question.keyNames, days);
  if (matcher.jobs !== undefined) return candidatesOfJobs(view, matcher.jobs, days);
  if (matcher.principals !== undefined) {
    return view.keyDaysIn(await view.pageBucketsOf(matcher.principals, days));
  }
  return new Map(await Promise.all(days.map(async (day) => [day, await day.keyDays()] as const)));
}

/** The key-days that rows of some jobs lie in. */
async function candidatesOfJobs(
  view: HistoryView,
  jobs: ReadonlySet<string>,
  days: readonly DayView[],
): Promise<Map<DayView, KeyDay[]>> {
  const buckets = new Map<DayView, ReadonlySet<number>>();
  for (const [day, jobDays] of await view.jobDaysOf(jobs, days)) {
    const keyNames = jobDays.flatMap(({ uses }) => uses.map((use) => use.keyName));
    if (keyNames.length > 0) buckets.set(day, new Set(keyNames.map(bucketOf)));
  }
  return view.keyDaysIn(buckets);
}
