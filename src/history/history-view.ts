import { LRUCache } from 'lru-cache';
import type { DayDirectory } from './day-directory.ts';
import { chunksOfRun } from './day-index.ts';
import { decodeRoot, ItemGone, type ItemSource, readChunks } from './day-reader.ts';
import { type DayRoot, type IndexRun, indexItemKey } from './day-root.ts';
import { type DayState, isCommitted, pendingHours, readDay, readDays } from './day-state.ts';
import { chunksInBucket, fingerprintOf } from './event-index.ts';
import { decodeJson } from './json-body.ts';
import { decodePage, type KeyDay, type RowRange } from './key-page.ts';
import {
  bucketOf,
  contentName,
  dayStart,
  directoryName,
  HOUR_MS,
  pagePk,
  pointersPk,
  rootPk,
  segmentPk,
} from './names.ts';
import { readCorrectedEvents } from './pointers.ts';
import { noPointers, pagesInPointers, pointerBucketOf } from './principal-pointers.ts';
import type { RowSet } from './row-set.ts';
import { planDay } from './seal-day.ts';
import type { SealPlan } from './seal-plan.ts';
import type { Item, ItemKey, Table } from './table.ts';

/** Bytes of decoded items that a reader keeps, and those of a day that is not sealed. */
const CACHE_BYTES = 64 * 1024 * 1024;
const PLAN_CACHE_BYTES = 16 * 1024 * 1024;
/** What a decoded row takes beside its texts, and its texts on average. */
const ROW_BYTES = 200;

/** Decoded written-once items, by name: they never change, so they are never stale. */
export class DecodedItems {
  readonly #cache: LRUCache<string, object>;

  constructor(maximumBytes = CACHE_BYTES) {
    this.#cache = new LRUCache({ maxSize: maximumBytes, sizeCalculation: () => 1 });
  }

  get<T extends object>(name: string): T | undefined {
    // Every name has one kind of thing behind it: the kind is part of the name.
    return this.#cache.get(name) as T | undefined;
  }

  set(name: string, value: object, bytes: number): void {
    this.#cache.set(name, value, { size: Math.max(1, Math.ceil(bytes)) });
  }
}

/**
 * One day as a question sees it: as it was sealed or, where there are facts not sealed yet, as sealing them
 * now would leave it. Either way the same tree of items, read through the same few methods.
 */
export class DayView {
  readonly state: DayState;
  readonly rows: number;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly #source: ItemSource;
  readonly #decoded: DecodedItems;
  readonly #plan: SealPlan | undefined;
  #root: DayRoot | undefined;

  constructor(table: ItemSource, decoded: DecodedItems, state: DayState, plan: SealPlan | undefined) {
    this.state = state;
    this.#plan = plan;
    this.#root = plan?.root;
    this.#source = plan === undefined ? table : new Overlay(table, plan.items);
    // Items of a plan have names that a real seal may give to other contents: they are kept apart.
    this.#decoded = plan === undefined ? decoded : new DecodedItems(PLAN_CACHE_BYTES);
    this.rows = plan?.rows ?? state.rows;
    this.firstMs = plan === undefined ? state.firstMs : plan.firstMs;
    this.lastMs = plan === undefined ? state.lastMs : plan.lastMs;
  }

  get day(): string {
    return this.state.day;
  }

  get isPlanned(): boolean {
    return this.#plan !== undefined;
  }

  async root(): Promise<DayRoot> {
    if (this.#root !== undefined) return this.#root;
    const { root } = this.state;
    if (root === undefined) throw new ItemGone(`${this.day} has no root`);
    const name = `R ${this.day} ${root}`;
    const known = this.#decoded.get<DayRoot>(name);
    if (known !== undefined) {
      this.#root = known;
      return known;
    }
    const item = await this.#source.get({ pk: rootPk(this.day), sk: root });
    if (item?.body === undefined) throw new ItemGone(`the root of ${this.day} is not in the table`);
    return this.#takeRoot(item.body, name);
  }

  #takeRoot(body: Uint8Array, name: string): DayRoot {
    const root = decodeRoot(body, this.day);
    this.#decoded.set(name, root, body.length * 12);
    this.#root = root;
    return root;
  }

  /** Takes a root that somebody read for several days at once. */
  offerRoot(item: Item): void {
    if (this.#root === undefined && item.sk === this.state.root && item.body !== undefined) {
      this.#takeRoot(item.body, `R ${this.day} ${item.sk}`);
    }
  }

  get hasRoot(): boolean {
    return this.#root !== undefined || this.#decoded.get(`R ${this.day} ${this.state.root}`) !== undefined;
  }

  /** Key-days of the given buckets of keys, all where none are given. */
  async keyDays(buckets?: Iterable<number>): Promise<KeyDay[]> {
    const root = await this.root();
    const wanted = buckets === undefined ? Object.keys(root.pages).map(Number) : [...new Set(buckets)];
    const pages: KeyDay[][] = [];
    const missing: ItemKey[] = [];
    for (const bucket of wanted) {
      const sk = root.pages[bucket];
      if (sk === undefined) continue;
      const known = this.#decoded.get<KeyDay[]>(pageName(bucket, sk));
      if (known === undefined) missing.push({ pk: pagePk(bucket), sk });
      else pages.push(known);
    }
    const items = await this.#source.getAll(missing);
    if (items.length !== missing.length) throw new ItemGone(`a page of ${this.day} is not in the table`);
    for (const item of items) pages.push(this.decodePageItem(item));
    return pages.flat();
  }

  /** The buckets of pages that may have uses by given principals, by the pointers that the root lists. */
  async pageBucketsOf(principals: Iterable<string>): Promise<Set<number>> {
    const { pointers } = await this.root();
    const ids = [...principals];
    const keys = ids.map(pointerBucketOf).flatMap((bucket) => {
      const sk = pointers[bucket];
      return sk === undefined ? [] : [{ pk: pointersPk(bucket), sk }];
    });
    return pagesOf(await this.#source.getAll(keys), ids);
  }

  /** Names of the keys and references that are used in the day, of a day that is planned. */
  get plannedPartitions(): readonly string[] {
    return this.#plan?.partitions ?? [];
  }

  get directoryKey(): ItemKey {
    return { pk: rootPk(this.day), sk: directoryName(this.#plan?.rootName ?? this.state.root ?? '') };
  }

  get hasDirectory(): boolean {
    return this.#decoded.get(itemName(this.directoryKey)) !== undefined;
  }

  async directory(): Promise<DayDirectory> {
    const known = this.#decoded.get<DayDirectory>(itemName(this.directoryKey));
    if (known !== undefined) return known;
    const item = await this.#source.get(this.directoryKey);
    if (item === undefined) throw new ItemGone(`the directory of ${this.day} is not in the table`);
    return this.takeDirectory(item);
  }

  /** Takes a directory that somebody may have read for several days at once. */
  takeDirectory(item: Item): DayDirectory {
    const directory = decodeJson<DayDirectory>(item.body, `The directory of ${this.day}`);
    this.#decoded.set(itemName(item), directory, (item.body?.length ?? 0) * 12);
    return directory;
  }

  decodePageItem(item: Item): KeyDay[] {
    const name = `${item.pk} ${item.sk}`;
    const known = this.#decoded.get<KeyDay[]>(name);
    if (known !== undefined) return known;
    const page = decodePage(item.body, dayStart(this.day));
    this.#decoded.set(name, page, (item.body?.length ?? 0) * 12);
    return page;
  }

  async chunks(names: readonly string[]): Promise<Map<string, RowSet>> {
    const chunks = new Map<string, RowSet>();
    const missing: string[] = [];
    for (const name of names) {
      const known = this.#decoded.get<RowSet>(`C ${this.day} ${name}`);
      if (known === undefined) missing.push(name);
      else chunks.set(name, known);
    }
    for (const [name, rows] of await readChunks(this.#source, this.day, missing)) {
      this.#decoded.set(`C ${this.day} ${name}`, rows, rows.length * ROW_BYTES + 4096);
      chunks.set(name, rows);
    }
    return chunks;
  }

  /** The chunks in which given ranges lie. */
  async chunksOf(ranges: readonly RowRange[]): Promise<Map<RowRange, RowSet>> {
    const { slots } = await this.root();
    const chunksOfSlot = new Map(slots.map((slot) => [slot.from, slot.chunks]));
    const names = ranges.map(({ slot, chunk }) => chunksOfSlot.get(slot)?.[chunk]?.name ?? '');
    const chunks = await this.chunks([...new Set(names)]);
    return new Map(ranges.map((range, place) => [range, chunks.get(names[place] as string) as RowSet]));
  }

  /** The buckets of the day's event index that would hold an id; the root is not read for their names. */
  #indexBuckets(id: Uint8Array) {
    return this.#indexRuns().map((run) => ({
      run,
      key: indexItemKey(this.day, run, fingerprintOf(id, 0, run.bits)),
    }));
  }

  missingIndexKeysOf(id: Uint8Array): ItemKey[] {
    return this.#indexBuckets(id).flatMap(({ key }) => (this.#knownBucket(key) === undefined ? [key] : []));
  }

  /** Takes a bucket of the event index that somebody read for several days at once. */
  offerIndexBucket(item: Item): void {
    if (item.body !== undefined) this.#decoded.set(itemName(item), item.body, item.body.length);
  }

  /** Names of the chunks that may hold a row by its id, as the event index tells. The root is read if any do. */
  async chunksOfEvent(id: Uint8Array): Promise<string[]> {
    const buckets = this.#indexBuckets(id).map((bucket) => ({
      ...bucket,
      body: this.#knownBucket(bucket.key),
    }));
    const missing = buckets.flatMap(({ key, body }) => (body === undefined ? [key] : []));
    const read = new Map((await this.#source.getAll(missing)).map((item) => [itemName(item), item]));
    for (const item of read.values()) this.offerIndexBucket(item);
    const names = new Set<string>();
    for (const { run, key, body = read.get(itemName(key))?.body } of buckets) {
      if (body === undefined) throw new ItemGone(`the event index of ${this.day} is not in the table`);
      const numbers = chunksInBucket(body, id, run.bits);
      if (numbers.length === 0) continue;
      const chunks = chunksOfRun((await this.root()).slots, run);
      for (const number of numbers) {
        const chunk = chunks[number];
        if (chunk !== undefined && chunk.kind !== 'hidden') names.add(chunk.name);
      }
    }
    return [...names];
  }

  #knownBucket(key: ItemKey): Uint8Array | undefined {
    return this.#decoded.get(itemName(key));
  }

  #indexRuns(): readonly Pick<IndexRun, 'version' | 'tag' | 'bits'>[] {
    if (this.#plan !== undefined) return this.#plan.root.index;
    const { indexRuns, tags } = this.state;
    return indexRuns.map(({ version, bits }) => ({ version, bits, tag: tags[version - 1] ?? '' }));
  }
}

function itemName({ pk, sk }: ItemKey): string {
  return `${pk} ${sk}`;
}

function pageName(bucket: number, sk: string): string {
  return `${pagePk(bucket)} ${sk}`;
}

/** The table with the items of a plan laid over it. */
class Overlay implements ItemSource {
  readonly #table: ItemSource;
  readonly #items: ReadonlyMap<string, Item>;

  constructor(table: ItemSource, items: readonly Item[]) {
    this.#table = table;
    this.#items = new Map(items.map((item) => [`${item.pk}\n${item.sk}`, item]));
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    return this.#items.get(`${key.pk}\n${key.sk}`) ?? this.#table.get(key);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const found: Item[] = [];
    const missing: ItemKey[] = [];
    for (const key of keys) {
      const item = this.#items.get(`${key.pk}\n${key.sk}`);
      if (item === undefined) missing.push(key);
      else found.push(item);
    }
    return missing.length === 0 ? found : [...found, ...(await this.#table.getAll(missing))];
  }
}

/** A day of which no more is known than its item says: where its rows may lie, at the most. */
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

/** The days of a history as one question sees them. Days that are not sealed are planned when they are needed. */
export class HistoryView {
  readonly #table: Table;
  readonly #decoded: DecodedItems;
  readonly #bounds: readonly DayBounds[];
  readonly #views = new Map<string, DayView>();

  private constructor(table: Table, decoded: DecodedItems, bounds: readonly DayBounds[]) {
    this.#table = table;
    this.#decoded = decoded;
    this.#bounds = bounds;
  }

  static async open(table: Table, decoded: DecodedItems): Promise<HistoryView> {
    const bounds = (await readDays(table)).map(boundsOf).filter(({ firstMs, lastMs }) => firstMs <= lastMs);
    return new HistoryView(table, decoded, bounds);
  }

  /** The days that can have rows in a window, oldest first; all where none is given. */
  days(fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY): string[] {
    return this.#bounds
      .filter(({ firstMs, lastMs }) => firstMs < toMs && lastMs >= fromMs)
      .map(({ state }) => state.day);
  }

  /** Some of its days to be read, those without a row left out, in the order given. */
  async open(days: readonly string[]): Promise<DayView[]> {
    const wanted = new Set(days);
    const planned: DayState[] = [];
    for (const { state } of this.#bounds) {
      if (!wanted.has(state.day) || this.#views.has(state.day)) continue;
      if (pendingHours(state) === 0) {
        this.#views.set(state.day, new DayView(this.#table, this.#decoded, state, undefined));
      } else {
        this.#views.set(state.day, await this.#plan(state));
        planned.push(state);
      }
    }
    if (planned.length > 0) await assertNotSealed(this.#table, planned);
    return days
      .map((day) => this.#views.get(day))
      .filter((view) => view !== undefined && view.rows > 0) as DayView[];
  }

  /** A view of what a seal would make of a day now; the last one made, if nothing has come since. */
  async #plan(state: DayState): Promise<DayView> {
    const generations = Object.keys(state.pending).map(Number);
    const names: string[] = [];
    for (const generation of generations) {
      for (const { sk } of await this.#table.query(segmentPk(state.day, generation)))
        names.push(`${generation} ${sk}`);
    }
    const made = `V ${state.day} ${contentName(Buffer.from(JSON.stringify([state, names])))}`;
    const known = this.#decoded.get<DayView>(made);
    if (known !== undefined) return known;
    const plan = await planDay(this.#table, state, 'a question', 'answer');
    const view = new DayView(this.#table, this.#decoded, state, plan);
    const bytes = plan.items.reduce((sum, item) => sum + (item.body?.length ?? 0), 0);
    this.#decoded.set(made, view, bytes + PLAN_CACHE_BYTES);
    return view;
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
   * The addenda to some events: by the id of the event, the row that corrects it; of several the one whose id
   * sorts last.
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

  /** Reads the buckets that would hold an id, of many days with few requests. */
  async loadIndexBuckets(days: readonly DayView[], id: Uint8Array): Promise<void> {
    const missing = days
      .filter((day) => !day.isPlanned)
      .flatMap((day) => day.missingIndexKeysOf(id).map((key) => ({ key, day })));
    const byName = new Map(missing.map(({ key, day }) => [itemName(key), day]));
    for (const item of await this.#table.getAll(missing.map(({ key }) => key))) {
      byName.get(itemName(item))?.offerIndexBucket(item);
    }
  }

  /** Who used which key on each of some days. */
  async directories(days: readonly DayView[]): Promise<DayDirectory[]> {
    const missing = days.filter((day) => !day.isPlanned && !day.hasDirectory);
    const items = await this.#table.getAll(missing.map((day) => day.directoryKey));
    const byPk = new Map(items.map((item) => [item.pk, item]));
    return Promise.all(
      days.map((day) => {
        const item = missing.includes(day) ? byPk.get(day.directoryKey.pk) : undefined;
        return item === undefined ? day.directory() : day.takeDirectory(item);
      }),
    );
  }

  /** Reads the roots of many days with few requests. */
  async loadRoots(days: readonly DayView[]): Promise<void> {
    const missing = days.filter((day) => !day.hasRoot);
    const keys = missing.map((day) => ({ pk: rootPk(day.day), sk: day.state.root ?? '' }));
    const byPk = new Map(missing.map((day) => [rootPk(day.day), day]));
    for (const item of await this.#table.getAll(keys)) byPk.get(item.pk)?.offerRoot(item);
  }

  /** The key-days of given keys over many days, by day. */
  async keyDaysOf(partitions: readonly string[], days: readonly DayView[]): Promise<Map<DayView, KeyDay[]>> {
    const wanted = new Set(partitions);
    const buckets = new Set(partitions.map(bucketOf));
    const keyDays = await this.keyDaysIn(new Map(days.map((day) => [day, buckets])));
    return new Map(
      [...keyDays].map(([day, list]) => [day, list.filter((keyDay) => wanted.has(keyDay.partition))]),
    );
  }

  /** The key-days of given buckets of pages of each day: one query for each bucket, whatever the days. */
  async keyDaysIn(buckets: ReadonlyMap<DayView, ReadonlySet<number>>): Promise<Map<DayView, KeyDay[]>> {
    const answer = new Map<DayView, KeyDay[]>([...buckets.keys()].map((day) => [day, []]));
    const daysOf = new Map<number, DayView[]>();
    for (const [day, wanted] of buckets) {
      if (day.isPlanned) continue;
      for (const bucket of wanted) daysOf.set(bucket, [...(daysOf.get(bucket) ?? []), day]);
    }
    const reading = [...daysOf].map(async ([bucket, days]) => {
      for (const [day, item] of await this.#committed(pagePk(bucket), days)) {
        answer.get(day)?.push(...day.decodePageItem(item));
      }
    });
    await Promise.all(reading);
    for (const [day, wanted] of buckets) {
      if (day.isPlanned) answer.set(day, await day.keyDays(wanted));
    }
    return answer;
  }

  /** The buckets of pages of each day that may have uses by given principals; the root is not read for it. */
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
      answer.set(day, pointers === undefined ? await day.pageBucketsOf(ids) : pagesOf(pointers, ids));
    }
    return answer;
  }

  /**
   * The item that counts of each of some sealed days, of those that lie under one partition key for all days: one
   * query instead of one root for each day. An item counts if the day committed the version it was written
   * for; the newest such is the day's. A day may have none.
   */
  async #committed(pk: string, days: readonly DayView[]): Promise<Map<DayView, Item>> {
    const byDay = new Map(days.map((day) => [day.day, day]));
    const names = [...byDay.keys()].sort();
    const [first, last] = [names[0], names.at(-1)];
    if (first === undefined || last === undefined) return new Map();
    const newest = new Map<DayView, Item>();
    const overtaken = new Set<DayState>();
    for (const item of await this.#table.query(pk, { from: first, to: `${last}~` })) {
      const [name = '', version = '', tag = ''] = item.sk.split('.');
      const day = byDay.get(name);
      if (day === undefined) continue;
      if (isCommitted(day.state, `${version}.${tag}`)) newest.set(day, item);
      // Of a seal that is on its way, or was done since: then the item it replaced may be gone already.
      else if (Number.parseInt(version, 16) > day.state.sealVersion) overtaken.add(day.state);
    }
    if (overtaken.size > 0) await assertNotSealed(this.#table, [...overtaken]);
    return newest;
  }
}

function pagesOf(pointers: readonly Item[], principals: readonly string[]): Set<number> {
  return new Set(
    pointers.flatMap(({ body }) => principals.flatMap((id) => pagesInPointers(body ?? noPointers(), id))),
  );
}

/**
 * What a plan was made of, or a page that was looked for, may be swept once the day is sealed: an answer
 * without it would be short.
 * @throws ItemGone where one of the days was sealed since its state was read
 */
async function assertNotSealed(table: Table, states: readonly DayState[]): Promise<void> {
  const now = await Promise.all(states.map((state) => readDay(table, state.day)));
  if (now.some((state, index) => state.sealVersion !== states[index]?.sealVersion)) {
    throw new ItemGone('a day was sealed while it was read');
  }
}

const ATTEMPTS = 5;

/**
 * Asks `question` of a view, again from the start where a seal's sweep took away what it was reading.
 * @throws ItemGone where an item is missing for good
 */
export async function withView<Answer>(
  open: () => Promise<HistoryView>,
  question: (view: HistoryView) => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await question(await open());
    } catch (error) {
      if (!(error instanceof ItemGone) || attempt === ATTEMPTS) throw error;
    }
  }
}
