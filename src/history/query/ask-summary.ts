import { decodeCursor, encodeCursor } from '../../text/cursor.ts';
import { countWithinBytes } from '../../text/page-bytes.ts';
import { dayStart, HOUR_MS, isoTime } from '../../utc-time.ts';
import { AT, type Profile } from '../facts/fact.ts';
import { type JudgedJobs, judgedJobs } from '../facts/judgement-text.ts';
import type { RowSet } from '../facts/row-set.ts';
import { type Group, type KeyDay, MEMBER } from '../pages/key-day.ts';
import { candidateKeyDays, type UsageQuestion } from './ask-usage.ts';
import type { DayView } from './day-view.ts';
import { visitRows } from './found-rows.ts';
import type { HistoryView } from './history-view.ts';
import type { GroupDimension, Page, PageRequest, UsageGroup } from './questions.ts';
import { shownKeyOf, UsageMatcher } from './usage-filter.ts';

interface Sum {
  count: number;
  ambiguousCount: number;
  firstMs: number;
  lastMs: number;
}

/** The values that the rows of a sum share, one for each dimension; `undefined` where there is none. */
type Values = readonly (string | undefined)[];

/** Sums the rows of a question by the dimensions given; a total where none are. */
export async function askSummary(
  view: HistoryView,
  question: UsageQuestion,
  groupBy: readonly GroupDimension[],
  page: PageRequest,
  mark: string,
): Promise<Page<UsageGroup>> {
  const sums = new Sums(groupBy);
  const matcher = new UsageMatcher(question.filter, view.judge);
  const { fromMs, toMs } = question;
  if (matcher.isPossible && question.keyNames?.length !== 0) {
    const days = await view.daysFor(question.filter, fromMs, toMs);
    for (let start = 0; start < days.length; start += 32) {
      const some = await view.open(days.slice(start, start + 32));
      for (const [day, keyDays] of await candidateKeyDays(view, question, matcher, some)) {
        await view.turn();
        for (const keyDay of keyDays) await sumKeyDay(sums, day, keyDay, matcher, fromMs, toMs);
      }
    }
  }
  const ordered = sums.ordered();
  const cursor = page.cursor === undefined ? undefined : decodeCursor(mark, page.cursor);
  const start = cursor === undefined ? 0 : firstAfter(ordered, cursor.after);
  const groups = ordered
    .slice(start, start + page.limit)
    .map(({ values, sum }) => groupOf(groupBy, values, sum));
  const items = groups.slice(0, countWithinBytes(groups));
  const end = start + items.length;
  const last = ordered[end - 1];
  if (last === undefined || end >= ordered.length) return { items };
  return { items, next: encodeCursor(mark, { fromMs, toMs, after: last.values.map(sortText) }) };
}

async function sumKeyDay(
  sums: Sums,
  day: DayView,
  keyDay: KeyDay,
  matcher: UsageMatcher,
  fromMs: number,
  toMs: number,
): Promise<void> {
  const start = dayStart(day.day);
  const groups = keyDay.groups.filter(
    (group) => group.firstMs < toMs && group.lastMs >= fromMs && matcher.group(group.members, keyDay.keyArn),
  );
  const cutHours = new Set(
    groups
      .filter(({ firstMs, lastMs }) => matcher.looksAtRows || firstMs < fromMs || lastMs >= toMs)
      .map(({ hour }) => hour),
  );
  for (const group of groups) if (!cutHours.has(group.hour)) sums.add(keyDay, group, day.day, start);
  if (cutHours.size === 0) return;
  // The window or the filter divides groups of these hours, so their rows are counted. Whole groups of the same hours are
  // counted by rows too, since several groups may be equal in all that is compared here.
  const ranges = keyDay.ranges.filter((range) => range.firstMs < toMs && range.lastMs >= fromMs);
  const inside = new RowsOfGroups(groups.filter(({ hour }) => cutHours.has(hour)));
  await visitRows(day, ranges, matcher, fromMs, toMs, (set, row, timeMs) =>
    inside.add(set, row, timeMs, Math.floor((timeMs - start) / HOUR_MS)),
  );
  for (const group of inside.counted()) sums.add(keyDay, group, day.day, start);
}

type Counted = { -readonly [Member in keyof Group]: Group[Member] };

/** Counts single rows by the group that they belong to. */
class RowsOfGroups {
  readonly #groups: readonly Group[];
  readonly #counted = new Map<Group, Counted>();
  /** Of rows of a set by hour, profile and judgement. */
  readonly #groupOf = new Map<RowSet, Map<number, Group | undefined>>();

  constructor(groups: readonly Group[]) {
    this.#groups = groups;
  }

  add(set: RowSet, row: number, timeMs: number, hour: number): void {
    const group = this.#group(set, row, hour);
    if (group === undefined) return;
    const counted = this.#counted.get(group);
    if (counted === undefined) {
      this.#counted.set(group, { ...group, count: 1, firstMs: timeMs, lastMs: timeMs });
      return;
    }
    counted.count++;
    counted.firstMs = Math.min(counted.firstMs, timeMs);
    counted.lastMs = Math.max(counted.lastMs, timeMs);
  }

  counted(): Iterable<Group> {
    return this.#counted.values();
  }

  #group(set: RowSet, row: number, hour: number): Group | undefined {
    let ofSet = this.#groupOf.get(set);
    if (ofSet === undefined) {
      ofSet = new Map();
      this.#groupOf.set(set, ofSet);
    }
    const profile = set.profile[row] as number;
    const judgement = set.judgement[row] as number;
    const name = (profile * set.judgements.texts.length + judgement) * 24 + hour;
    if (ofSet.has(name)) return ofSet.get(name);
    const found = this.#find(set.profileAt(profile), judgedJobs(set.judgements.text(judgement)), hour);
    ofSet.set(name, found);
    return found;
  }

  #find(profile: Profile, { status, jobs }: JudgedJobs, hour: number): Group | undefined {
    return this.#groups.find(
      ({ hour: groupHour, members }) =>
        groupHour === hour &&
        members[MEMBER.status] === status &&
        members[MEMBER.principalId] === profile[AT.principalId] &&
        members[MEMBER.operation] === profile[AT.operation] &&
        members[MEMBER.outcome] === profile[AT.outcome] &&
        members[MEMBER.accountId] === profile[AT.accountId] &&
        members[MEMBER.region] === profile[AT.region] &&
        members[MEMBER.jobs].join('\n') === jobs.join('\n'),
    );
  }
}

class Sums {
  readonly #groupBy: readonly GroupDimension[];
  readonly #sums = new Map<string, { readonly values: Values; readonly sum: Sum }>();
  readonly #byJob: boolean;

  constructor(groupBy: readonly GroupDimension[]) {
    this.#groupBy = groupBy;
    this.#byJob = groupBy.includes('job');
  }

  add(keyDay: KeyDay, group: Group, day: string, dayStartMs: number): void {
    const jobs = group.members[MEMBER.jobs];
    if (!this.#byJob || jobs.length === 0) this.#addTo(undefined, false, keyDay, group, day, dayStartMs);
    else {
      const isAmbiguous = group.members[MEMBER.status] === 'ambiguous';
      for (const job of jobs) this.#addTo(job, isAmbiguous, keyDay, group, day, dayStartMs);
    }
  }

  #addTo(
    job: string | undefined,
    isAmbiguous: boolean,
    keyDay: KeyDay,
    group: Group,
    day: string,
    dayStartMs: number,
  ): void {
    const values = this.#groupBy.map((dimension) =>
      dimensionValue(dimension, keyDay, group, day, dayStartMs, job),
    );
    const name = JSON.stringify(values);
    let entry = this.#sums.get(name);
    if (entry === undefined) {
      entry = {
        values,
        sum: { count: 0, ambiguousCount: 0, firstMs: group.firstMs, lastMs: group.lastMs },
      };
      this.#sums.set(name, entry);
    }
    const { sum } = entry;
    sum.count += group.count;
    if (isAmbiguous) sum.ambiguousCount += group.count;
    sum.firstMs = Math.min(sum.firstMs, group.firstMs);
    sum.lastMs = Math.max(sum.lastMs, group.lastMs);
  }

  /** In the order of their values, dimension by dimension; a value that is absent comes first. */
  ordered(): { readonly values: Values; readonly sum: Sum }[] {
    return [...this.#sums.values()].sort((a, b) =>
      compareTexts(a.values.map(sortText), b.values.map(sortText)),
    );
  }
}

function dimensionValue(
  dimension: GroupDimension,
  keyDay: KeyDay,
  group: Group,
  day: string,
  dayStartMs: number,
  job: string | undefined,
): string | undefined {
  const { members } = group;
  switch (dimension) {
    case 'key':
      return shownKeyOf(keyDay);
    case 'principal':
      return members[MEMBER.principalId] ?? undefined;
    case 'job':
      return job;
    case 'operation':
      return members[MEMBER.operation];
    case 'category':
      return members[MEMBER.category];
    case 'outcome':
      return members[MEMBER.outcome];
    case 'status':
      return members[MEMBER.status];
    case 'account':
      return members[MEMBER.accountId] ?? undefined;
    case 'region':
      return members[MEMBER.region] ?? undefined;
    case 'hour':
      return isoTime(dayStartMs + group.hour * HOUR_MS);
    case 'day':
      return day;
    default:
      return dimension satisfies never;
  }
}

function groupOf(groupBy: readonly GroupDimension[], values: Values, sum: Sum): UsageGroup {
  const members: { [D in GroupDimension]?: string } = {};
  groupBy.forEach((dimension, place) => {
    const value = values[place];
    if (value !== undefined) members[dimension] = value;
  });
  return {
    ...members,
    count: sum.count,
    ...(groupBy.includes('job') ? { ambiguousCount: sum.ambiguousCount } : {}),
    firstSeen: isoTime(sum.firstMs),
    lastSeen: isoTime(sum.lastMs),
  };
}

/** Absent before every value, the empty one too. */
function sortText(value: string | undefined): string {
  return value === undefined ? '' : `=${value}`;
}

function firstAfter(
  ordered: readonly { readonly values: Values }[],
  after: readonly (string | number)[],
): number {
  const position = after.map(String);
  const index = ordered.findIndex(({ values }) => compareTexts(values.map(sortText), position) > 0);
  return index === -1 ? ordered.length : index;
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  for (const [place, left] of a.entries()) {
    const right = b[place] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
