import { createHash } from 'node:crypto';
import type { ReadNodes } from '../../src/proof/merkle-log.ts';

/** A log by the recursive definitions of RFC 6962 §2.1, worked out anew from all leaves at each question. */
export class NaiveLog {
  readonly entries: Uint8Array[];

  constructor(entries: readonly Uint8Array[]) {
    this.entries = [...entries];
  }

  root(size = this.entries.length): Buffer {
    return treeHead(this.entries.slice(0, size));
  }

  inclusion(index: number, size = this.entries.length): Buffer[] {
    return path(index, this.entries.slice(0, size));
  }

  consistency(before: number, size = this.entries.length): Buffer[] {
    return before === 0 ? [] : subproof(before, this.entries.slice(0, size), true);
  }

  /** Full nodes alone, as a store has them. */
  readonly read: ReadNodes = async (places) =>
    places.map(({ level, index }) => {
      const leaves = this.entries.slice(index * 2 ** level, (index + 1) * 2 ** level);
      if (leaves.length !== 2 ** level) throw new Error(`node ${index} of level ${level} is not full`);
      return treeHead(leaves);
    });
}

function treeHead(entries: readonly Uint8Array[]): Buffer {
  const [only] = entries;
  if (only === undefined) return sha256();
  if (entries.length === 1) return sha256(Buffer.of(0), only);
  const k = splitOf(entries.length);
  return sha256(Buffer.of(1), treeHead(entries.slice(0, k)), treeHead(entries.slice(k)));
}

function path(m: number, entries: readonly Uint8Array[]): Buffer[] {
  if (entries.length === 1) return [];
  const k = splitOf(entries.length);
  return m < k
    ? [...path(m, entries.slice(0, k)), treeHead(entries.slice(k))]
    : [...path(m - k, entries.slice(k)), treeHead(entries.slice(0, k))];
}

function subproof(m: number, entries: readonly Uint8Array[], isWhole: boolean): Buffer[] {
  if (m === entries.length) return isWhole ? [] : [treeHead(entries)];
  const k = splitOf(entries.length);
  return m <= k
    ? [...subproof(m, entries.slice(0, k), isWhole), treeHead(entries.slice(k))]
    : [...subproof(m - k, entries.slice(k), false), treeHead(entries.slice(0, k))];
}

function splitOf(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
