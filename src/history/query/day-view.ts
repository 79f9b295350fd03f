import { DecodedItems } from '../../table/decoded-items.ts';
import type { Item, ItemKey } from '../../table/table.ts';
import { dayStart } from '../../utc-time.ts';
import { decodeRoot, ItemGone, type ItemSource, readChunks } from '../day/day-reader.ts';
import { type DayRoot, type IndexRun, indexItemKey } from '../day/day-root.ts';
import type { DayState } from '../day/day-state.ts';
import type { RowSet } from '../facts/row-set.ts';
import { directoryName, jobPagePk, pagePk, pointersPk, rootPk } from '../facts/table-keys.ts';
import { type DayDirectory, decodeDirectory } from '../pages/day-directory.ts';
import { chunksInBucket, fingerprintOf } from '../pages/event-index.ts';
import { decodeJobPage, type JobDay } from '../pages/job-page.ts';
import type { KeyDay, RowRange } from '../pages/key-day.ts';
import { decodePage } from '../pages/key-page.ts';
import { pagesOfPrincipals, pointerBucketOf } from '../pages/principal-pointers.ts';
import { chunksOfRun } from '../seal/day-index.ts';
import type { SealPlan } from '../seal/seal-plan.ts';

/** Bytes of decoded items that are kept of a day that is not sealed. */
export const PLAN_CACHE_BYTES = 16 * 1024 * 1024;
/** What a decoded row takes beside its texts, and its texts on average. */
const ROW_BYTES = 200;

/**
 * One day as a question sees it: as it was sealed or, where there are facts not sealed yet, as sealing them
 * now would leave it. Either way the same tree of items, read through the same few methods.
 */
export class DayView {
  readonly state: DayState;
  /** Two views of one day with one name show the same. */
  readonly name: string;
  readonly rows: number;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly #source: ItemSource;
  readonly #decoded: DecodedItems;
  readonly #plan: SealPlan | undefined;
  #root: DayRoot | undefined;

  /** @param planName names what the plan was made of */
  constructor(
    table: ItemSource,
    decoded: DecodedItems,
    state: DayState,
    plan: SealPlan | undefined,
    planName?: string,
  ) {
    this.state = state;
    this.name = planName ?? state.root ?? '';
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
    if (item?.body === undefined) throw new ItemGone(`The root of ${this.day} is not in the table.`);
    return this.#takeRoot(item, name);
  }

  #takeRoot(item: Item, name: string): DayRoot {
    const root = decodeRoot(item, this.day);
    this.#decoded.set(name, root, (item.body?.length ?? 0) * 12);
    this.#root = root;
    return root;
  }

  /** Takes a root that somebody read for several days at once. */
  offerRoot(item: Item): void {
    if (this.#root === undefined && item.sk === this.state.root && item.body !== undefined) {
      this.#takeRoot(item, `R ${this.day} ${item.sk}`);
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
      const known = this.#decoded.get<KeyDay[]>(itemName({ pk: pagePk(bucket), sk }));
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
    return pagesOfPrincipals(await this.#source.getAll(keys), ids);
  }

  /** Names of the keys and references that are used in the day, of a day that is planned. */
  get plannedKeyNames(): readonly string[] {
    return this.#plan?.keyNames ?? [];
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
    const directory = decodeDirectory(item, this.day);
    this.#decoded.set(itemName(item), directory, (item.body?.length ?? 0) * 12);
    return directory;
  }

  decodePageItem(item: Item): KeyDay[] {
    const name = itemName(item);
    const known = this.#decoded.get<KeyDay[]>(name);
    if (known !== undefined) return known;
    const page = decodePage(item, dayStart(this.day));
    this.#decoded.set(name, page, (item.body?.length ?? 0) * 12);
    return page;
  }

  /** Pages of the given buckets of jobs. */
  async jobPages(buckets: readonly number[]): Promise<Item[]> {
    const { jobPages } = await this.root();
    const keys = buckets.flatMap((bucket) => {
      const sk = jobPages[bucket];
      return sk === undefined ? [] : [{ pk: jobPagePk(bucket), sk }];
    });
    const items = await this.#source.getAll(keys);
    if (items.length !== keys.length) throw new ItemGone(`a page of ${this.day} is not in the table`);
    return items;
  }

  decodeJobPageItem(item: Item): readonly JobDay[] {
    const name = itemName(item);
    const known = this.#decoded.get<readonly JobDay[]>(name);
    if (known !== undefined) return known;
    const page = decodeJobPage(item);
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
    if (item.body !== undefined) this.#decoded.set(itemName(item), item, item.body.length);
  }

  /** Names of the chunks that may hold a row by its id, as the event index tells. The root is read if any do. */
  async chunksOfEvent(id: Uint8Array): Promise<string[]> {
    const buckets = this.#indexBuckets(id).map((bucket) => ({
      ...bucket,
      item: this.#knownBucket(bucket.key),
    }));
    const missing = buckets.flatMap(({ key, item }) => (item === undefined ? [key] : []));
    const read = new Map((await this.#source.getAll(missing)).map((item) => [itemName(item), item]));
    for (const item of read.values()) this.offerIndexBucket(item);
    const names = new Set<string>();
    for (const { run, key, item = read.get(itemName(key)) } of buckets) {
      if (item?.body === undefined) throw new ItemGone(`The event index of ${this.day} is not in the table.`);
      const numbers = chunksInBucket(item, id, run.bits);
      if (numbers.length === 0) continue;
      const chunks = chunksOfRun((await this.root()).slots, run);
      for (const number of numbers) {
        const chunk = chunks[number];
        if (chunk !== undefined && chunk.kind !== 'hidden') names.add(chunk.name);
      }
    }
    return [...names];
  }

  #knownBucket(key: ItemKey): Item | undefined {
    return this.#decoded.get<Item>(itemName(key));
  }

  #indexRuns(): readonly Pick<IndexRun, 'version' | 'tag' | 'bits'>[] {
    if (this.#plan !== undefined) return this.#plan.root.index;
    const { indexRuns, tags } = this.state;
    return indexRuns.map(({ version, bits }) => ({ version, bits, tag: tags[version - 1] ?? '' }));
  }
}

export function itemName({ pk, sk }: ItemKey): string {
  return `${pk} ${sk}`;
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
