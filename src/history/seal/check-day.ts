import { hash } from 'node:crypto';
import { KeytrailError } from '../../keytrail-error.ts';
import { contentName } from '../../table/content-name.ts';
import { itemWords } from '../../table/corrupt-item.ts';
import { itemName } from '../../table/item-name.ts';
import type { Item, ItemKey } from '../../table/table.ts';
import { dayStart, isoTime } from '../../utc-time.ts';
import { decodeRoot, type ItemSource } from '../day/day-reader.ts';
import {
  type ChunkRef,
  contentOfBuckets,
  type DayRoot,
  indexItemKeys,
  itemKeysOf,
  type Slot,
} from '../day/day-root.ts';
import type { DayState } from '../day/day-state.ts';
import { decodeRows } from '../facts/row-block.ts';
import { RowSet } from '../facts/row-set.ts';
import { chunkPk, directoryName, rootPk } from '../facts/table-keys.ts';
import { hashHours } from './hash-hours.ts';
import { rawRows } from './raw-facts.ts';
import { dayHeads, type SealedDay } from './sealed-day.ts';

/** Chunks that are read at a time. */
const CHUNKS_AT_A_TIME = 64;
/** Items beside the chunks that are read at a time. */
const ITEMS_AT_A_TIME = 48;

/** A day that is not as it was sealed: a sentence without its full stop, which names the item. */
export class NotAsSealed extends Error {
  override readonly name = 'NotAsSealed';
  readonly day: string;

  constructor(day: string, what: string) {
    super(what);
    this.day = day;
  }
}

/**
 * The root of a sealed version of a day.
 * @throws NotAsSealed where it is missing, or not the one that was sealed
 */
export async function checkedRoot(source: ItemSource, seal: SealedDay): Promise<DayRoot> {
  const key = { pk: rootPk(seal.day), sk: seal.root };
  const [item] = await readItems(source, seal.day, 'root', [key]);
  if (hash('sha256', item?.body ?? new Uint8Array(), 'base64') !== seal.rootHash)
    throw altered(seal.day, 'root', key);
  const root = decodeRoot(item ?? {}, seal.day);
  const { facts, factsRoot, judgementsRoot } = dayHeads(root.hours);
  const isSame =
    root.day === seal.day &&
    root.sealVersion === seal.version &&
    facts === seal.facts &&
    factsRoot === seal.factsRoot &&
    judgementsRoot === seal.judgementsRoot;
  if (!isSame) throw altered(seal.day, 'root', key);
  return root;
}

/**
 * Checks the rows of a slot: every chunk has the content that its name says, and the facts and judgements re-hash to the
 * roots of their hours. The slot is in memory meanwhile.
 * @returns how many rows it has that answers show
 * @throws NotAsSealed
 */
export async function checkSlot(source: ItemSource, root: DayRoot, slot: Slot): Promise<number> {
  const { day, hours } = root;
  const facts = new RowSet();
  const visible: number[] = [];
  const hidden: number[] = [];
  for (let at = 0; at < slot.chunks.length; at += CHUNKS_AT_A_TIME) {
    const chunks = slot.chunks.slice(at, at + CHUNKS_AT_A_TIME);
    const keys = chunks.map(({ name }) => ({ pk: chunkPk(day), sk: name }));
    for (const [place, item] of (await readItems(source, day, 'chunk', keys)).entries()) {
      const chunk = chunks[place] as ChunkRef;
      if (!isNamedByContent(item)) throw altered(day, 'chunk', item, rowsIn(item));
      const rows = decodeRows(item);
      if (rows.length !== chunk.rows) throw altered(day, 'chunk', item, rowsIn(item));
      const numbers = chunk.kind === 'hidden' ? hidden : visible;
      for (let row = 0; row < rows.length; row++) numbers.push(facts.length + row);
      facts.addFrom(rows);
    }
  }
  const raw = rawRows({ facts, visible, hidden });
  const bounds = { from: slot.from, to: slot.to, dayStartMs: dayStart(day), isHashed: true };
  const sealed = hours.filter(({ hour }) => hour >= slot.from && hour < slot.to);
  const found = hashHours(facts, raw, visible, bounds);
  const wrong = sealed.find((hour, place) => JSON.stringify(hour) !== JSON.stringify(found[place]));
  if (wrong !== undefined || sealed.length !== found.length || raw.length !== slot.facts) {
    const hour = wrong === undefined ? slot.from : wrong.hour;
    throw new NotAsSealed(day, `the rows of hour ${hour} do not re-hash to the root of that hour`);
  }
  return visible.length;
}

/**
 * Checks the items of a version beside its rows: pages, index, directory and what else its root lists.
 * @returns how many are not covered: the directory and runs of the index that an earlier version of Keytrail sealed
 * @throws NotAsSealed
 */
export async function checkListedItems(source: ItemSource, seal: SealedDay, root: DayRoot): Promise<number> {
  const { day } = root;
  let uncovered = 0;
  const chunks = chunkPk(day);
  const index = new Set<string>();
  for (const run of root.index) {
    const keys = indexItemKeys(day, run);
    for (const key of keys) index.add(itemName(key));
    if (run.content === undefined) {
      uncovered += keys.length;
      continue;
    }
    const items = await readItems(source, day, 'event index', keys);
    if (contentOfBuckets(items.map(({ body }) => body as Uint8Array)) !== run.content)
      throw altered(day, 'event index', keys[0] as ItemKey);
  }
  const directory = { pk: rootPk(day), sk: directoryName(seal.root) };
  if (root.directory === undefined) uncovered++;
  else {
    const [item] = await readItems(source, day, 'directory', [directory]);
    if (item?.body === undefined || contentName(item.body) !== root.directory)
      throw altered(day, 'directory', directory);
  }
  const listed = itemKeysOf(root, '').filter((key) => key.pk !== chunks && !index.has(itemName(key)));
  for (let at = 0; at < listed.length; at += ITEMS_AT_A_TIME) {
    for (const item of await readItems(source, day, 'page', listed.slice(at, at + ITEMS_AT_A_TIME))) {
      if (!isNamedByContent(item)) throw altered(day, 'page', item);
    }
  }
  return uncovered;
}

/**
 * Checks that the item of a day says what its seal does.
 * @throws NotAsSealed
 */
export function checkState(state: DayState, seal: SealedDay, root: DayRoot): void {
  const { day } = seal;
  const runs = root.index.map(({ version, bits }) => `${version}:${bits}`).join();
  const isSame =
    state.root === seal.root &&
    state.sealVersion === seal.version &&
    state.rows === seal.rows &&
    state.firstMs === seal.firstMs &&
    state.lastMs === seal.lastMs &&
    state.tags.length === seal.version &&
    state.tags.at(-1) === seal.root.slice(seal.root.indexOf('.') + 1) &&
    state.indexRuns.map(({ version, bits }) => `${version}:${bits}`).join() === runs;
  if (!isSame) throw altered(day, 'item of the day', { pk: 'D', sk: day });
}

/** In the order of their keys. @throws NotAsSealed where one is missing, or cannot be read */
async function readItems(
  source: ItemSource,
  day: string,
  what: string,
  keys: readonly ItemKey[],
): Promise<(Item & { readonly body: Uint8Array })[]> {
  let read: readonly Item[];
  try {
    read = await source.getAll(keys);
  } catch (error) {
    if (error instanceof KeytrailError && error.code === 'corrupt-item')
      throw new NotAsSealed(day, error.message.replace(/\.$/, ''));
    throw error;
  }
  const items = new Map(read.map((item) => [itemName(item), item]));
  return keys.map((key) => {
    const item = items.get(itemName(key));
    if (item?.body === undefined) throw new NotAsSealed(day, `the ${what} ${itemWords(key)} is missing`);
    return { ...item, body: item.body };
  });
}

/** Whether the last part of an item's sort key names its body. */
function isNamedByContent({ sk, body }: Item): boolean {
  return sk.slice(sk.lastIndexOf('.') + 1) === contentName(body ?? new Uint8Array());
}

/** Which rows are in a chunk that was altered, as far as it can be read. */
function rowsIn(item: Item): string {
  let rows: RowSet;
  try {
    rows = decodeRows(item);
  } catch {
    return '; its rows cannot be read any more';
  }
  if (rows.length === 0) return '';
  if (rows.length === 1) return `; it holds the event ${rows.eventId(0)}`;
  const times = [...rows.times.subarray(0, rows.length)].sort((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)].map((time) => isoTime(time ?? 0));
  return `; it holds ${rows.length} events from ${first} to ${last}, among them ${rows.eventId(0)}`;
}

function altered(day: string, what: string, key: ItemKey, rows = ''): NotAsSealed {
  return new NotAsSealed(day, `the ${what} ${itemWords(key)} is not what was sealed${rows}`);
}
