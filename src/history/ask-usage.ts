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
  for await (const batch of findRows(view, question, page.order, after)) {
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
 * The matching rows in order, in batches: a batch is what one slot of one day holds, since slots follow each
 * other in time. Reads no further than it is asked.
 */
export async function* findRows(
  view: HistoryView,
  question: UsageQuestion,
  order: Order,
  after?: Position,
): AsyncGenerator<FoundRow[]> {
  const matcher = new UsageMatcher(question.filter);
  if (!matcher.isPossible || question.partitions?.length === 0) return;
  let { fromMs, toMs } = question;
  if (after !== undefined && order === 'asc') fromMs = Math.max(fromMs, after.timeMs);
  if (after !== undefined && order === 'desc') toMs = Math.min(toMs, after.timeMs + 1);
  const direction = order === 'asc' ? 1 : -1;
  const days = view.days(fromMs, toMs);
  if (order === 'desc') days.reverse();
  // Key-days of a few days at once: a page seldom needs more, and each batch is one query.
  for (let start = 0, batch = 1; start < days.length; start += batch, batch = Math.min(32, batch * 2)) {
    const some = await view.open(days.slice(start, start + batch));
    for await (const found of rowsBySlot(view, question, matcher, some, { fromMs, toMs, order })) {
      found.sort((a, b) => direction * compareRows(a, b));
      yield after === undefined ? found : found.filter((row) => direction * compareRows(row, after) > 0);
    }
  }
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly order: Order;
}

/** The matching rows of some days, slot by slot in the order asked for, each slot's in no order. */
async function* rowsBySlot(
  view: HistoryView,
  question: UsageQuestion,
  matcher: UsageMatcher,
  days: readonly DayView[],
  stretch: Stretch,
): AsyncGenerator<FoundRow[]> {
  const { fromMs, toMs, order } = stretch;
  if (question.partitions === undefined && matcher.principals === undefined && matcher.jobs === undefined) {
    // Nothing says which keys: the slots' chunks themselves are fewer than the pages that tell of them.
    await view.loadRoots(days);
    for (const day of days) {
      for (const names of await chunksBySlot(day, matcher, stretch)) {
        yield matchingRows(await day.chunks(names), matcher, fromMs, toMs);
      }
    }
    return;
  }
  const keyDays = await candidateKeyDays(view, question, matcher, days);
  for (const day of days) {
    for (const ranges of slotsOf(day, keyDays.get(day) ?? [], matcher, fromMs, toMs, order)) {
      yield rowsOfRanges(day, ranges, matcher, fromMs, toMs);
    }
  }
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
  if (question.partitions !== undefined) {
    return view.keyDaysOf(question.partitions, days);
  }
  if (matcher.jobs !== undefined) return candidatesOfJobs(view, matcher.jobs, days);
  const answer = new Map<DayView, KeyDay[]>();
  await view.loadRoots(days);
  for (const day of days) answer.set(day, await candidatesOfDay(day, matcher));
  return answer;
}

/** The key-days that rows of some jobs lie in. */
async function candidatesOfJobs(
  view: HistoryView,
  jobs: ReadonlySet<string>,
  days: readonly DayView[],
): Promise<Map<DayView, KeyDay[]>> {
  const partitions = new Set<string>();
  const withJobs: DayView[] = [];
  for (const [day, jobDays] of await view.jobDaysOf(jobs, days)) {
    if (jobDays.length > 0) withJobs.push(day);
    for (const { uses } of jobDays) for (const use of uses) partitions.add(use.partition);
  }
  return view.keyDaysOf([...partitions], withJobs);
}

async function candidatesOfDay(day: DayView, matcher: UsageMatcher): Promise<KeyDay[]> {
  const { principals } = matcher;
  if (principals === undefined) return day.keyDays();
  // The day's directory tells which keys a principal used.
  const root = await day.root();
  const numbers = new Set<number>();
  root.principals.forEach(([id], number) => {
    if (id !== null && principals.has(id)) numbers.add(number);
  });
  const partitions = root.keys
    .filter((key) => key.uses.some((use) => numbers.has(use.principal)))
    .map((key) => key.partition);
  return day.keyDaysOf(partitions);
}

/** The ranges that hold matching rows, by slot, in the order asked for. */
function slotsOf(
  day: DayView,
  keyDays: readonly KeyDay[],
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
  order: Order,
): RowRange[][] {
  const slots = new Map<number, RowRange[]>();
  const start = dayStart(day.day);
  for (const keyDay of keyDays) {
    const matching = keyDay.groups.filter(
      (group) =>
        group.firstMs < toMs && group.lastMs >= fromMs && matcher.group(group.members, keyDay.keyArn),
    );
    if (matching.length === 0) continue;
    const hasSuccess = matching.some((group) => group.members[MEMBER.outcome] === 'success');
    const hasException = matching.some((group) => group.members[MEMBER.outcome] !== 'success');
    for (const range of keyDay.ranges) {
      if (range.isException ? !hasException : !hasSuccess) continue;
      if (range.firstMs >= toMs || range.lastMs < fromMs) continue;
      const firstHour = Math.floor((range.firstMs - start) / HOUR_MS);
      const lastHour = Math.floor((range.lastMs - start) / HOUR_MS);
      if (!matching.some((group) => group.hour >= firstHour && group.hour <= lastHour)) continue;
      const slot = slots.get(range.slot);
      if (slot === undefined) slots.set(range.slot, [range]);
      else slot.push(range);
    }
  }
  const sorted = [...slots].sort(([a], [b]) => a - b).map(([, ranges]) => ranges);
  return order === 'asc' ? sorted : sorted.reverse();
}

/** The matching rows of some ranges of a day, in no order. */
export async function rowsOfRanges(
  day: DayView,
  ranges: readonly RowRange[],
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
): Promise<FoundRow[]> {
  const chunks = await day.chunks([...new Set(ranges.map((range) => range.chunk))]);
  const found: FoundRow[] = [];
  const tests = new Map<RowSet, (row: number) => boolean>();
  for (const range of ranges) {
    const set = chunks.get(range.chunk) as RowSet;
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
