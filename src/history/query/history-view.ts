import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Aliases } from '../../kms/alias-timeline.ts';
import { nextTurn } from '../../next-turn.ts';
import { BatchedReads } from '../../table/batched-reads.ts';
import { contentName } from '../../table/content-name.ts';
import type { DecodedItems } from '../../table/decoded-items.ts';
import type { Item, Table } from '../../table/table.ts';
import { DAY_MS, dayStart, HOUR_MS } from '../../utc-time.ts';
import { readSegments } from '../append/read-segments.ts';
import { ItemGone } from '../day/day-reader.ts';
import { type DayState, type PendingBytes, pendingHours, readDay, readDays } from '../day/day-state.ts';
import { readExpiryCount } from '../day/expiry-count.ts';
import type { Evidence, EvidenceStore } from '../evidence/evidence-store.ts';
import { bucketOf, JOB_BUCKETS, jobBucketOf, jobPagePk, pagePk, pointersPk } from '../facts/table-keys.ts';
import { seenInKeyDays } from '../pages/day-seen.ts';
import type { JobDay } from '../pages/job-page.ts';
import type { KeyDay } from '../pages/key-day.ts';
import { pagesOfPrincipals, pointerBucketOf } from '../pages/principal-pointers.ts';
import { readCorrectedEvents } from '../seal/pointer-items.ts';
import { planDay } from '../seal/seal-day.ts';
import { assertNotSealed, committedItems } from './committed-items.ts';
import { DayView, PLAN_CACHE_BYTES } from './day-view.ts';
import type { UsageFilter } from './questions.ts';
import { readSeenDays, type SeenDay } from './seen-days.ts';

/** What is known of jobs and of aliases, to answer questions about jobs. */
export interface JobKnowledge {
  readonly evidence: Evidence;
  readonly aliases: Aliases;
}

/** What a day's item says of it: the times between which its rows must be. */
interface DayBounds {
  readonly state: DayState;
  readonly firstMs: number;
  readonly lastMs: number;
}

function boundsOf(state: DayState): DayBounds {
  const start = dayStart(state.day);
  let firstMs = state.firstMs ?? Number.POSITIVE_INFINITY;
  let lastMs = state.lastMs ?? Number.NEGATIVE_INFINITY;
  const hours = pendingHours(state);
  for (let hour = 0; hour < 24; hour++) {
    if ((hours & (1 << hour)) === 0) continue;
    firstMs = Math.min(firstMs, start + hour * HOUR_MS);
    lastMs = Math.max(lastMs, start + (hour + 1) * HOUR_MS - 1);
  }
  return { state, firstMs, lastMs };
}

/** Who asks a question. */
interface Asking {
  /** The judge of the expectations; undefined while there are none. */
  readonly judge?: ExpectationJudge | undefined;
  /** Aborted once nobody waits for the answer. */
  readonly signal?: AbortSignal | undefined;
}

/** The days of a history for one question. Days that are not sealed are planned when they are needed. */
export class HistoryView {
  readonly #table: Table;
  /** The table, for items by their keys. */
  readonly #items: BatchedReads;
  readonly #decoded: DecodedItems;
  readonly #evidence: EvidenceStore;
  readonly #bounds: readonly DayBounds[];
  readonly #byDay: ReadonlyMap<string, DayBounds>;
  /** Days whose rows have expired, oldest first. */
  readonly #expired: readonly DayBounds[];
  readonly #expiryCount: number;
  readonly #signal: AbortSignal | undefined;
  readonly #views = new Map<string, DayView>();
  #seen: Promise<readonly SeenDay[]> | undefined;
  readonly #pendingBytes = new Map<string, PendingBytes>();
  /** What the expectations say; undefined while there are none. */
  readonly judge: ExpectationJudge | undefined;

  private constructor(
    table: Table,
    decoded: DecodedItems,
    evidence: EvidenceStore,
    bounds: readonly DayBounds[],
    expiryCount: number,
    { judge, signal }: Asking,
  ) {
    this.#signal = signal;
    this.#expired = bounds.filter(({ state }) => state.expired !== undefined);
    this.#expiryCount = expiryCount;
    this.judge = judge;
    this.#table = table;
    this.#items = new BatchedReads(table);
    this.#decoded = decoded;
    this.#evidence = evidence;
    this.#bounds = bounds.filter(
      ({ state, firstMs, lastMs }) => state.expired === undefined && firstMs <= lastMs,
    );
    this.#byDay = new Map(this.#bounds.map((one) => [one.state.day, one]));
  }

  static async open(
    table: Table,
    decoded: DecodedItems,
    evidence: EvidenceStore,
    asking: Asking = {},
  ): Promise<HistoryView> {
    // Read before the days: a day that expires from here on raises it. An older count only causes one more check.
    decoded.expiryCount ??= await readExpiryCount(table);
    const { expiryCount } = decoded;
    const bounds = (await readDays(table)).map(boundsOf);
    return new HistoryView(table, decoded, evidence, bounds, expiryCount, asking);
  }

  /**
   * Lets other work have its turn; to be called in long loops.
   * @throws KeytrailError `interrupted` where nobody waits for the answer any more
   */
  async turn(): Promise<void> {
    await nextTurn();
    if (this.#signal?.aborted === true)
      throw new KeytrailError('interrupted', 'Nobody waits for the answer any more.');
  }

  /** Items as they were decoded, and what was made of them. */
  get decoded(): DecodedItems {
    return this.#decoded;
  }

  /** The days that can have rows in a window, oldest first; all where none is given. */
  days(fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY): string[] {
    return this.#bounds
      .filter(({ firstMs, lastMs }) => firstMs < toMs && lastMs >= fromMs)
      .map(({ state }) => state.day);
  }

  /** A time at most an hour before the first row that ever was; infinity where there was none. */
  get firstMs(): number {
    return Math.min(...[...this.#expired, ...this.#bounds].map(({ firstMs }) => firstMs));
  }

  /** From the start of its first day to the end of its last; nothing where there is none. */
  bounds(): [fromMs: number, toMs: number] {
    const days = this.#bounds.map(({ state }) => dayStart(state.day));
    return days.length === 0 ? [0, 0] : [Math.min(...days), Math.max(...days) + DAY_MS - 1];
  }

  /** The name of a view of a day that has nothing to be sealed; undefined for other days. */
  sealedName(day: string): string | undefined {
    const state = this.#byDay.get(day)?.state;
    return state === undefined || pendingHours(state) !== 0 ? undefined : state.root;
  }

  /** Views of some days, in the order given; days without rows are left out. */
  async open(days: readonly string[]): Promise<DayView[]> {
    const planned: DayState[] = [];
    await this.turn();
    for (const day of new Set(days)) {
      const state = this.#byDay.get(day)?.state;
      if (state === undefined || this.#views.has(day)) continue;
      if (pendingHours(state) === 0) {
        this.#views.set(state.day, new DayView(this.#items, this.#decoded, state, undefined));
      } else {
        this.#views.set(state.day, await this.#plan(state));
        planned.push(state);
        await this.turn();
      }
    }
    if (planned.length > 0) await assertNotSealed(this.#table, planned);
    return days
      .map((day) => this.#views.get(day))
      .filter((view) => view !== undefined && view.rows > 0) as DayView[];
  }

  /** A view of a day as a seal would make it now. It is kept until there is something new. */
  async #plan(state: DayState): Promise<DayView> {
    const segments = await readSegments(this.#table, state, this.#decoded);
    const { openBytes, closedBytes } = segments;
    this.#pendingBytes.set(state.day, { openBytes, closedBytes });
    const evidence = (await this.#evidence.of(state.day)).name;
    const made = `V ${state.day} ${contentName(Buffer.from(JSON.stringify([state, segments.names, evidence])))}`;
    return this.#decoded.once(made, async () => {
      const plan = await planDay(this.#table, state, 'a question', this.#evidence, {
        purpose: 'answer',
        read: segments.shards,
      });
      const view = new DayView(this.#items, this.#decoded, state, plan, made);
      const bytes = plan.items.reduce((sum, item) => sum + (item.body?.length ?? 0), 0);
      return { value: view, bytes: bytes + PLAN_CACHE_BYTES };
    });
  }

  /** The unsealed bytes of a day that this view has opened; undefined where nothing waits to be sealed. */
  pendingBytes(day: string): PendingBytes | undefined {
    return this.#pendingBytes.get(day);
  }

  /** How often days were sealed or have expired: it grows whenever items that a question reads may be deleted. */
  get moves(): number {
    const days = [...this.#expired, ...this.#bounds];
    return this.#expired.length + days.reduce((sum, { state }) => sum + state.sealVersion, 0);
  }

  /** The end of the last expired day in a window, epoch milliseconds; undefined where it has none. */
  expiredBeforeMs(fromMs: number, toMs: number): number | undefined {
    return this.#expired
      .map(({ state }) => dayStart(state.day))
      .filter((startMs) => startMs < toMs && startMs + DAY_MS > fromMs)
      .map((startMs) => startMs + DAY_MS)
      .at(-1);
  }

  /**
   * To be called when a question is answered, since a query does not notice pages that an expiry run deleted.
   * @throws ItemGone where a day that was read has expired since
   */
  async assertNoneExpired(): Promise<void> {
    if (this.#views.size === 0) return;
    const count = await readExpiryCount(this.#table);
    this.#decoded.expiryCount = count;
    if (count === this.#expiryCount) return;
    const now = await Promise.all([...this.#views.keys()].map((day) => readDay(this.#table, day)));
    if (now.some(({ expired }) => expired !== undefined))
      throw new ItemGone('a day expired while it was read');
  }

  /** The time of the first row. */
  async oldestMs(): Promise<number | undefined> {
    let oldest: number | undefined;
    for (const { state, firstMs } of this.#bounds) {
      if (oldest !== undefined && firstMs >= oldest) continue;
      const [day] = await this.open([state.day]);
      if (day?.firstMs !== undefined) oldest = Math.min(oldest ?? day.firstMs, day.firstMs);
    }
    return oldest;
  }

  /** The time of the newest row. */
  async newestMs(): Promise<number | undefined> {
    let newest: number | undefined;
    for (const { state, lastMs } of this.#bounds.toReversed()) {
      if (newest !== undefined && lastMs <= newest) continue;
      const [day] = await this.open([state.day]);
      if (day?.lastMs !== undefined) newest = Math.max(newest ?? day.lastMs, day.lastMs);
    }
    return newest;
  }

  /**
   * The addenda to some events: by the id of the event, the id of the row that corrects it (where there are several, the
   * last in order).
   */
  async corrections(eventIds: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const wanted = new Set(eventIds);
    const corrections = new Map<string, string>();
    const pointed = new Set<string>();
    for (const [original, days] of await readCorrectedEvents(this.#table)) {
      if (wanted.has(original)) for (const day of days) pointed.add(day);
    }
    const seen = [...this.#views.values()].filter((day) => day.isPlanned).map((day) => day.day);
    const days = await this.open([...new Set([...pointed, ...seen])]);
    const roots = await Promise.all(days.map((day) => day.root()));
    for (const { original, by } of roots.flatMap((root) => root.slots.flatMap((slot) => slot.corrections))) {
      if (wanted.has(original) && by > (corrections.get(original) ?? '')) corrections.set(original, by);
    }
    return corrections;
  }

  /** The key-days of given keys over many days, by day. */
  async keyDaysOf(keyNames: readonly string[], days: readonly DayView[]): Promise<Map<DayView, KeyDay[]>> {
    const wanted = new Set(keyNames);
    const buckets = new Set(keyNames.map(bucketOf));
    const keyDays = await this.keyDaysIn(new Map(days.map((day) => [day, buckets])));
    return new Map(
      [...keyDays].map(([day, list]) => [day, list.filter((keyDay) => wanted.has(keyDay.keyName))]),
    );
  }

  /** The key-days of given buckets of pages of each day, by one query for each bucket. */
  async keyDaysIn(buckets: ReadonlyMap<DayView, ReadonlySet<number>>): Promise<Map<DayView, KeyDay[]>> {
    const answer = new Map<DayView, KeyDay[]>([...buckets.keys()].map((day) => [day, []]));
    const daysOf = new Map<number, DayView[]>();
    for (const [day, wanted] of buckets) {
      if (day.isPlanned) continue;
      for (const bucket of wanted) daysOf.set(bucket, [...(daysOf.get(bucket) ?? []), day]);
    }
    const reading = [...daysOf].map(async ([bucket, days]) => {
      for (const [day, item] of await this.#committed(pagePk(bucket), days)) {
        answer.get(day)?.push(...day.pageIn(item));
      }
    });
    await Promise.all(reading);
    for (const [day, wanted] of buckets) {
      if (day.isPlanned) answer.set(day, await day.keyDays(wanted));
    }
    return answer;
  }

  /** The buckets of pages of each day that may have uses by given principals, without reading roots. */
  async pageBucketsOf(
    principals: Iterable<string>,
    days: readonly DayView[],
  ): Promise<Map<DayView, ReadonlySet<number>>> {
    const ids = [...principals];
    const sealed = days.filter((day) => !day.isPlanned);
    const items = new Map<DayView, Item[]>(sealed.map((day) => [day, []]));
    const reading = [...new Set(ids.map(pointerBucketOf))].map(async (bucket) => {
      for (const [day, item] of await this.#committed(pointersPk(bucket), sealed)) items.get(day)?.push(item);
    });
    await Promise.all(reading);
    const answer = new Map<DayView, ReadonlySet<number>>();
    for (const day of days) {
      const pointers = items.get(day);
      answer.set(
        day,
        pointers === undefined ? await day.pageBucketsOf(ids) : pagesOfPrincipals(pointers, ids),
      );
    }
    return answer;
  }

  /** The job-days of given jobs over many days, by day; of all jobs if none are given. */
  async jobDaysOf(
    arns: ReadonlySet<string> | undefined,
    days: readonly DayView[],
  ): Promise<Map<DayView, JobDay[]>> {
    const buckets = arns === undefined ? JOB_BUCKETS : [...new Set([...arns].map(jobBucketOf))];
    const answer = new Map<DayView, JobDay[]>(days.map((day) => [day, []]));
    const sealed = days.filter((day) => !day.isPlanned);
    const take = (day: DayView, page: readonly JobDay[]) => {
      answer.get(day)?.push(...(arns === undefined ? page : page.filter(({ arn }) => arns.has(arn))));
    };
    const reading = buckets.map(async (bucket) => {
      for (const [day, item] of await this.#committed(jobPagePk(bucket), sealed))
        take(day, day.jobPageIn(item));
    });
    await Promise.all(reading);
    for (const day of days) if (day.isPlanned) take(day, await day.jobDays(buckets));
    return answer;
  }

  /** The days that can have rows of a filter's operations and Regions in a window, oldest first. */
  async daysFor({ operation, region }: UsageFilter, fromMs: number, toMs: number): Promise<string[]> {
    const days = this.days(fromMs, toMs);
    if (operation === undefined && region === undefined) return days;
    const possible = (await this.seen()).filter(
      ({ seen }) => hasSome(seen.operations, operation) && hasSome(seen.regions, region),
    );
    const names = new Set(possible.map(({ day }) => day));
    return days.filter((day) => names.has(day));
  }

  /** What each day has rows of, oldest first. */
  seen(): Promise<readonly SeenDay[]> {
    const states = this.#bounds.map(({ state }) => state);
    const fromPages = async (state: DayState) =>
      seenInKeyDays(await new DayView(this.#items, this.#decoded, state, undefined).keyDays());
    this.#seen ??= readSeenDays(this.#table, this.#decoded, states, fromPages);
    return this.#seen;
  }

  async #committed(pk: string, days: readonly DayView[]): Promise<Map<DayView, Item>> {
    const byState = new Map(days.map((day) => [day.state, day]));
    const found = new Map<DayView, Item>();
    for (const [state, item] of await committedItems(this.#table, pk, [...byState.keys()])) {
      const day = byState.get(state);
      if (day !== undefined) found.set(day, item);
    }
    return found;
  }
}

function hasSome(values: readonly string[], wanted: readonly string[] | undefined): boolean {
  return wanted?.some((value) => values.includes(value)) ?? true;
}

const ATTEMPTS = 5;

/**
 * Asks `question` of a view, and again of a new view where a sweep or an expiry run deleted an item that it needed. A
 * large day is sealed in parts and many days may expire in a row, so attempts are counted only while neither
 * happens.
 * @throws ItemGone where an item is missing for good
 */
export async function withView<Answer>(
  open: () => Promise<HistoryView>,
  question: (view: HistoryView) => Promise<Answer>,
): Promise<Answer> {
  let moves = 0;
  for (let attempt = 1; ; attempt++) {
    const view = await open();
    if (view.moves > moves) attempt = 1;
    moves = view.moves;
    try {
      const answer = await question(view);
      await view.assertNoneExpired();
      return answer;
    } catch (error) {
      if (!(error instanceof ItemGone) || attempt >= ATTEMPTS) throw error;
    }
  }
}
