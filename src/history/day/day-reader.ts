import { KeytrailError } from '../../keytrail-error.ts';
import type { StoredBody } from '../../table/corrupt-item.ts';
import { decodeJson } from '../../table/json-body.ts';
import type { Item, ItemKey, Table } from '../../table/table.ts';
import { dayStart } from '../../utc-time.ts';
import { decodeRows } from '../facts/row-block.ts';
import type { RowSet } from '../facts/row-set.ts';
import { chunkPk, dependenciesPk, directoryName, pagePk, rootPk } from '../facts/table-keys.ts';
import { type DayDirectory, decodeDirectory } from '../pages/day-directory.ts';
import { decodeDependencies, type SlotDependencies } from '../pages/dependencies.ts';
import type { KeyDay } from '../pages/key-day.ts';
import { decodePage } from '../pages/key-page.ts';
import { type DayRoot, type IndexRun, indexItemKeys } from './day-root.ts';
import type { DayState } from './day-state.ts';

/** Where a reader finds the written-once items of a day: the table, or the plan of a seal. */
export type ItemSource = Pick<Table, 'get' | 'getAll'>;

/**
 * An item is not in the table: a seal replaced it and a sweep deleted it during the read. The reader starts again from
 * the day's item; if that has not changed, the item is missing for good.
 */
export class ItemGone extends Error {
  override readonly name = 'ItemGone';
}

/** The root of a day's current version; undefined if it was never sealed. */
export async function readRoot(source: ItemSource, state: DayState): Promise<DayRoot | undefined> {
  if (state.root === undefined) return undefined;
  const item = await source.get({ pk: rootPk(state.day), sk: state.root });
  return decodeRoot(found(item, 'root', state.day), state.day);
}

/** Who used which key on a day; undefined if it was never sealed. */
export async function readDirectory(source: ItemSource, state: DayState): Promise<DayDirectory | undefined> {
  if (state.root === undefined) return undefined;
  const item = await source.get({ pk: rootPk(state.day), sk: directoryName(state.root) });
  return decodeDirectory(found(item, 'directory', state.day), state.day);
}

/** @throws KeytrailError `corrupt-item`, `unsupported-format` */
export function decodeRoot(item: StoredBody, day: string): DayRoot {
  const root = decodeJson<DayRoot>(item, `The root of ${day}`);
  if (root.format !== 1) {
    throw new KeytrailError(
      'unsupported-format',
      `${day} was sealed by a newer Keytrail (format ${root.format}); use that version.`,
    );
  }
  return root;
}

/** Chunks of a day by their names. */
export async function readChunks(
  source: ItemSource,
  day: string,
  names: readonly string[],
): Promise<Map<string, RowSet>> {
  const keys = names.map((sk) => ({ pk: chunkPk(day), sk }));
  const items = await readBySortKey(source, keys, 'chunk', day);
  return new Map([...items].map(([name, item]) => [name, decodeRows(item)]));
}

/** The pages of a version of a day by their buckets. */
export async function readPages(source: ItemSource, root: DayRoot): Promise<Map<number, KeyDay[]>> {
  const keys = Object.entries(root.pages).map(([bucket, sk]) => ({ pk: pagePk(Number(bucket)), sk, bucket }));
  const items = new Map((await source.getAll(keys)).map((item) => [item.pk, item]));
  return new Map(
    keys.map(({ pk, bucket }) => {
      return [Number(bucket), decodePage(found(items.get(pk), 'page', root.day), dayStart(root.day))];
    }),
  );
}

/** The buckets of one run of the event index, in order. */
export async function readIndexRun(source: ItemSource, day: string, run: IndexRun): Promise<Item[]> {
  const keys = indexItemKeys(day, run);
  const items = new Map((await source.getAll(keys)).map((item) => [item.pk, item]));
  return keys.map(({ pk }) => found(items.get(pk), 'event index', day));
}

/** What the slots of a version of a day depend on. */
export async function readDependencies(source: ItemSource, root: DayRoot): Promise<SlotDependencies[]> {
  const keys = root.ties.map((sk) => ({ pk: dependenciesPk(root.day), sk }));
  const items = await readBySortKey(source, keys, 'dependencies', root.day);
  return decodeDependencies(root.ties.flatMap((sk) => items.get(sk) ?? []));
}

/** Items of one partition key. */
async function readBySortKey(source: ItemSource, keys: readonly ItemKey[], what: string, day: string) {
  const items = new Map((await source.getAll(keys)).map((item) => [item.sk, found(item, what, day)]));
  for (const { sk } of keys) if (!items.has(sk)) found(undefined, what, day);
  return items;
}

/** @param what the part of a day that the item holds */
function found(item: Item | undefined, what: string, day: string): Item {
  if (item?.body === undefined) throw new ItemGone(`The ${what} of ${day} is not in the table.`);
  return item;
}
