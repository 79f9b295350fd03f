import { EMPTY_ROOT, nodeHash } from './merkle-hash.ts';

/** A size of a log, and the root of the tree over its leaves. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether a proof leads from a leaf's hash to the head's root, by RFC 9162 §2.1.3.2. */
export function isIncluded(
  leaf: Uint8Array,
  index: number,
  proof: readonly Uint8Array[],
  { size, root }: TreeHead,
): boolean {
  if (index < 0 || index >= size) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && isSame(hash, root);
}

/** Whether a proof shows that the later head's leaves begin with those of the earlier one, by RFC 9162 §2.1.4.2. */
export function isConsistent(before: TreeHead, after: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (before.size > after.size) return false;
  if (before.size === after.size) return proof.length === 0 && isSame(before.root, after.root);
  if (before.size === 0) return proof.length === 0 && isSame(before.root, EMPTY_ROOT);
  let node = before.size - 1;
  let last = after.size - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // Where the earlier tree is full, its root is a node of the later one and is not repeated in the proof.
  const [first, ...rest] = node === 0 ? [before.root, ...proof] : proof;
  if (first === undefined) return false;
  let old = first;
  let now = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      old = nodeHash(hash, old);
      now = nodeHash(hash, now);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      now = nodeHash(now, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && isSame(old, before.root) && isSame(now, after.root);
}

function half(count: number): number {
  return Math.floor(count / 2);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
