import { corruptItem } from '../table/corrupt-item.ts';
import type { Item, ItemKey, Table } from '../table/table.ts';
import { HASH_BYTES, leafHash } from './merkle-hash.ts';
import { type NodePlace, nodesFilledBy, type ReadNodes } from './merkle-log.ts';

/**
 * The log of sealed days in the table: one item for each leaf, written once, with the nodes of the tree that the leaf
 * fills. A leaf takes its place by a conditional put, so that of several writers one comes first, and the log has no
 * other order than that. It needs no item that says how long it is.
 */
const LEAVES_PK = 'seal';
const INDEX_DIGITS = 12;
const LEAVES_AT_A_TIME = 500;

/** A leaf as it is stored. */
export interface StoredLeaf {
  readonly index: number;
  readonly item: Item;
  readonly entry: Uint8Array;
  /** The nodes that it fills, by level. */
  readonly nodes: readonly Uint8Array[];
}

export function leafKey(index: number): ItemKey {
  return { pk: LEAVES_PK, sk: numbered(index) };
}

/** A number as part of a sort key, in the order of numbers. */
export function numbered(index: number): string {
  return index.toString(16).padStart(INDEX_DIGITS, '0');
}

/** How many leaves the log has. */
export async function sizeOfLog(table: Table): Promise<number> {
  const [last] = await table.query(LEAVES_PK, { descending: true, limit: 1 });
  return last === undefined ? 0 : decodeLeaf(last).index + 1;
}

/** The leaves from an index on, in order, as they are in the table. */
export async function* leavesFrom(table: Table, from: number): AsyncGenerator<StoredLeaf> {
  for (let next = from; ; ) {
    const items = await table.query(LEAVES_PK, { from: numbered(next), limit: LEAVES_AT_A_TIME });
    for (const item of items) {
      const leaf = decodeLeaf(item);
      yield leaf;
      next = leaf.index + 1;
    }
    if (items.length < LEAVES_AT_A_TIME) return;
  }
}

/** The leaves of some indexes, which are in the log. */
export async function readLeaves(table: Table, indexes: readonly number[]): Promise<StoredLeaf[]> {
  const items = new Map((await table.getAll(indexes.map(leafKey))).map((item) => [item.sk, item]));
  return indexes.map((index) => decodeLeaf(items.get(numbered(index)) ?? leafKey(index)));
}

/** Reads full nodes: each is with the last of its leaves. */
export function nodeReader(table: Table): ReadNodes {
  return async (places) => {
    const leaves = await readLeaves(table, places.map(lastLeafOf));
    return leaves.map(({ nodes, item }, place) => {
      const node = nodes[places[place]?.level ?? 0];
      if (node === undefined) throw corruptItem('A seal in the log', item, undefined);
      return node;
    });
  };
}

/**
 * Appends a leaf, if the log is as long as the caller knows it.
 * @returns whether it was appended; false means that somebody else's leaf came first
 */
export async function appendLeaf(table: Table, index: number, entry: Uint8Array): Promise<boolean> {
  const nodes = await nodesFilledBy(index, leafHash(entry), nodeReader(table));
  const fields = { nodes: Buffer.concat(nodes).toString('base64') };
  return table.putIf({ ...leafKey(index), version: 1, body: entry, fields }, undefined);
}

function lastLeafOf({ level, index }: NodePlace): number {
  return (index + 1) * 2 ** level - 1;
}

/** @throws KeytrailError `corrupt-item` */
function decodeLeaf(item: Item): StoredLeaf {
  const index = Number.parseInt(item.sk, 16);
  const text = item.fields?.['nodes'];
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64');
  const isWhole =
    numbered(index) === item.sk &&
    item.body !== undefined &&
    bytes.toString('base64') === text &&
    bytes.length === levelsFilledBy(index) * HASH_BYTES;
  if (!isWhole) throw corruptItem('A seal in the log', item, undefined);
  const nodes = Array.from({ length: bytes.length / HASH_BYTES }, (_, level) =>
    bytes.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES),
  );
  return { index, item, entry: item.body, nodes };
}

function levelsFilledBy(index: number): number {
  let levels = 1;
  for (let at = index; at % 2 === 1; at = (at - 1) / 2) levels++;
  return levels;
}
