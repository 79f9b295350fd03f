import { EMPTY_ROOT, nodeHash } from './merkle-hash.ts';

/**
 * A node of a log whose subtree is full: leaf hashes are on level 0, and node `index` of a level covers the leaves from
 * `index * 2 ** level` on, `2 ** level` of them. Once its leaves are there it never changes.
 */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
}

/** Reads the hashes of full nodes, in the order in which they are asked for. */
export type ReadNodes = (places: readonly NodePlace[]) => Promise<readonly Uint8Array[]>;

/** Leaves, from the first to just before `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The root of the first `size` leaves, from at most log2(size) + 1 nodes. */
export async function rootOfLog(size: number, read: ReadNodes): Promise<Buffer> {
  if (size === 0) return EMPTY_ROOT;
  const [root] = await hashesOf([{ start: 0, end: size }], read);
  return root as Buffer;
}

/**
 * The nodes that a new leaf fills: its own hash, and that of each larger subtree whose last leaf it is, by level.
 * @param index of the new leaf: how many there were
 */
export async function nodesFilledBy(index: number, leaf: Uint8Array, read: ReadNodes): Promise<Uint8Array[]> {
  const siblings: NodePlace[] = [];
  for (let level = 0, at = index; at % 2 === 1; level++, at = (at - 1) / 2)
    siblings.push({ level, index: at - 1 });
  const filled = [leaf];
  let node = leaf;
  for (const sibling of siblings.length === 0 ? [] : await read(siblings)) {
    node = nodeHash(sibling, node);
    filled.push(node);
  }
  return filled;
}

/** The inclusion proof of a leaf, PATH(index, D[size]) of RFC 6962 §2.1.1: from the leaf's sibling to the root's child. */
export async function inclusionProof(index: number, size: number, read: ReadNodes): Promise<Buffer[]> {
  if (index < 0 || index >= size) throw new RangeError(`A log of ${size} leaves has no leaf ${index}.`);
  return hashesOf(path(index, { start: 0, end: size }), read);
}

/** The proof that the log of `before` leaves is a head of that of `size`, PROOF(before, D[size]) of RFC 6962 §2.1.2. */
export async function consistencyProof(before: number, size: number, read: ReadNodes): Promise<Buffer[]> {
  if (before < 0 || before > size) throw new RangeError(`A log of ${size} leaves had never ${before}.`);
  // A log without leaves is a head of every log.
  if (before === 0) return [];
  return hashesOf(subproof(before, { start: 0, end: size }, true), read);
}

function path(index: number, { start, end }: Span): Span[] {
  if (end - start === 1) return [];
  const middle = start + largestPowerBelow(end - start);
  return index < middle
    ? [...path(index, { start, end: middle }), { start: middle, end }]
    : [...path(index, { start: middle, end }), { start, end: middle }];
}

/** @param before as leaves from the start of the log @param isWhole whether the span is a tree whose root is known */
function subproof(before: number, { start, end }: Span, isWhole: boolean): Span[] {
  if (before === end) return isWhole ? [] : [{ start, end }];
  const middle = start + largestPowerBelow(end - start);
  return before <= middle
    ? [...subproof(before, { start, end: middle }, isWhole), { start: middle, end }]
    : [...subproof(before, { start: middle, end }, false), { start, end: middle }];
}

/** The roots of spans that begin where trees of RFC 6962 begin, by one reading of all their nodes. */
async function hashesOf(spans: readonly Span[], read: ReadNodes): Promise<Buffer[]> {
  const places = spans.map(fullNodesOf);
  const hashes = spans.length === 0 ? [] : await read(places.flat());
  let at = 0;
  return places.map((ofSpan) => {
    const nodes = hashes.slice(at, at + ofSpan.length);
    at += ofSpan.length;
    return nodes.reduceRight<Buffer | undefined>(
      (right, left) => (right === undefined ? Buffer.from(left) : nodeHash(left, right)),
      undefined,
    ) as Buffer;
  });
}

/** The full nodes that a span consists of, the largest first. */
function fullNodesOf({ start, end }: Span): NodePlace[] {
  const places: NodePlace[] = [];
  for (let at = start; at < end; ) {
    const level = largestLevel(end - at);
    places.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return places;
}

/** The largest power of two that is smaller than a count of two or more. */
function largestPowerBelow(count: number): number {
  return 2 ** largestLevel(count - 1);
}

/** The level of the largest full node with at most so many leaves. */
function largestLevel(count: number): number {
  const level = Math.floor(Math.log2(count));
  // The logarithm of a large count is rounded, perhaps up.
  return 2 ** level > count ? level - 1 : level;
}
