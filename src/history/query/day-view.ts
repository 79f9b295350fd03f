import { DecodedItems } from '../../table/decoded-items.ts';
import { itemName } from '../../table/item-name.ts';
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
/** What a byte of a compressed item takes in memory when it is decoded, about. */
const DECODED_BYTES = 12;
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
  #root: Promise<DayRoot> | undefined;

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

  /** The day's table of contents. */
  root(): Promise<DayRoot> {
    this.#root ??= this.#readRoot();
    return this.#root;
  }

  async #readRoot(): Promise<DayRoot> {
    if (this.#plan !== undefined) return this.#plan.root;
    const key = { pk: rootPk(this.day), sk: this.state.root ?? '' };
    return this.#read(key, 'root', (item) => decodeRoot(item, this.day));
  }

  /** The key-days of the given buckets of keys; all where none are given. */
  async keyDays(buckets?: Iterable<number>): Promise<KeyDay[]> {
    const { pages } = await this.root();
    const wanted = buckets === undefined ? Object.keys(pages).map(Number) : [...new Set(buckets)];
    const reading = wanted.flatMap((bucket) => {
      const sk = pages[bucket];
      if (sk === undefined) return [];
      return [this.#read({ pk: pagePk(bucket), sk }, 'page', (item) => this.#decodePage(item))];
    });
    return (await Promise.all(reading)).flat();
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

  /** Names of the keys and references that a planned day has uses of; none of a sealed day. */
  get plannedKeyNames(): readonly string[] {
    return this.#plan?.keyNames ?? [];
  }

  /** Who used which key in the day. */
  async directory(): Promise<DayDirectory> {
    const sk = directoryName(this.#plan?.rootName ?? this.state.root ?? '');
    return this.#read({ pk: rootPk(this.day), sk }, 'directory', (item) => decodeDirectory(item, this.day));
  }

  /** The key-days of a page that was read with those of other days. */
  pageIn(item: Item): KeyDay[] {
    return this.#decoded.get<KeyDay[]>(itemName(item)) ?? this.#keep(item, this.#decodePage(item));
  }

  #decodePage(item: Item): KeyDay[] {
    return decodePage(item, dayStart(this.day));
  }

  /** The job-days of the given buckets of jobs. */
  async jobDays(buckets: readonly number[]): Promise<JobDay[]> {
    const { jobPages } = await this.root();
    const reading = buckets.flatMap((bucket) => {
      const sk = jobPages[bucket];
      return sk === undefined ? [] : [this.#read({ pk: jobPagePk(bucket), sk }, 'page', decodeJobPage)];
    });
    return (await Promise.all(reading)).flat();
  }

  /** The job-days of a page that was read with those of other days. */
  jobPageIn(item: Item): readonly JobDay[] {
    return this.#decoded.get<readonly JobDay[]>(itemName(item)) ?? this.#keep(item, decodeJobPage(item));
  }

  /** Chunks by their names. */
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

  /**
   * Names of the chunks that may hold a row by its id, as the event index says. The day's item names the buckets; the
   * root is read only if one of them has the id.
   */
  async chunksOfEvent(id: Uint8Array): Promise<string[]> {
    const found = this.#indexRuns().map(async (run) => {
      const key = indexItemKey(this.day, run, fingerprintOf(id, 0, run.bits));
      const numbers = chunksInBucket(await this.#read(key, 'event index', (item) => item), id, run.bits);
      if (numbers.length === 0) return [];
      const chunks = chunksOfRun((await this.root()).slots, run);
      return numbers.flatMap((number) => chunks[number] ?? []).filter(({ kind }) => kind !== 'hidden');
    });
    return [...new Set((await Promise.all(found)).flat().map(({ name }) => name))];
  }

  /**
   * An item that never changes, decoded; it is kept decoded for the next question.
   * @throws ItemGone
   */
  async #read<T extends object>(key: ItemKey, what: string, decode: (item: Item) => T): Promise<T> {
    const known = this.#decoded.get<T>(itemName(key));
    if (known !== undefined) return known;
    const item = await this.#source.get(key);
    if (item?.body === undefined) throw new ItemGone(`The ${what} of ${this.day} is not in the table.`);
    return this.#keep(item, decode(item));
  }

  #keep<T extends object>(item: Item, decoded: T): T {
    this.#decoded.set(itemName(item), decoded, (item.body?.length ?? 0) * DECODED_BYTES);
    return decoded;
  }

  #indexRuns(): readonly Pick<IndexRun, 'version' | 'tag' | 'bits'>[] {
    if (this.#plan !== undefined) return this.#plan.root.index;
    const { indexRuns, tags } = this.state;
    return indexRuns.map(({ version, bits }) => ({ version, bits, tag: tags[version - 1] ?? '' }));
  }
}

/** The table with the items of a plan laid over it. */
class Overlay implements ItemSource {
  readonly #table: ItemSource;
  readonly #items: ReadonlyMap<string, Item>;

  constructor(table: ItemSource, items: readonly Item[]) {
    this.#table = table;
    this.#items = new Map(items.map((item) => [itemName(item), item]));
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    return this.#items.get(itemName(key)) ?? this.#table.get(key);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const found: Item[] = [];
    const missing: ItemKey[] = [];
    for (const key of keys) {
      const item = this.#items.get(itemName(key));
      if (item === undefined) missing.push(key);
      else found.push(item);
    }
    return missing.length === 0 ? found : [...found, ...(await this.#table.getAll(missing))];
  }
}
