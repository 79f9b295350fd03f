import { createHash, hash } from 'node:crypto';
import { ID_BYTES, type RowSet } from './row-set.ts';

export const HASH_BYTES = 32;

/**
 * A Merkle tree head over `leaves`, hashed as RFC 6962 §2.1 (and RFC 9162 §2.1.1) says: a leaf is
 * SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right), the empty tree SHA-256 of nothing.
 * @param leaves leaf hashes, 32 bytes each, in the tree's order
 */
export function merkleRoot(leaves: Uint8Array): Buffer {
  const count = leaves.length / HASH_BYTES;
  if (count === 0) return createHash('sha256').digest();
  // Level by level with the odd one carried up gives the RFC's tree: it splits at the largest power of two.
  const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
  let level = Buffer.from(leaves);
  let width = count;
  while (width > 1) {
    const next = Buffer.alloc(Math.ceil(width / 2) * HASH_BYTES);
    for (let i = 0; i < width; i += 2) {
      const at = (i / 2) * HASH_BYTES;
      if (i + 1 === width) {
        next.set(level.subarray(i * HASH_BYTES, width * HASH_BYTES), at);
      } else {
        level.copy(node, 1, i * HASH_BYTES, (i + 2) * HASH_BYTES);
        next.set(hash('sha256', node, 'buffer'), at);
      }
    }
    level = next;
    width = Math.ceil(width / 2);
  }
  return level;
}

/**
 * The leaf hash of one fact. Its entry is the event id's sixteen bytes, the time in epoch milliseconds as a
 * big-endian double, and the SHA-256 of each of the fact's three texts.
 */
export class FactHasher {
  readonly #entry = Buffer.alloc(1 + ID_BYTES + 8 + 3 * HASH_BYTES);
  readonly #set: RowSet;
  readonly #profiles: (Buffer | undefined)[] = [];
  readonly #extras: (Buffer | undefined)[] = [];
  #lastContext = -1;

  constructor(set: RowSet) {
    this.#set = set;
  }

  leaf(
    row: number,
    profile = this.#set.profile[row] as number,
    extra = this.#set.extra[row] as number,
  ): Buffer {
    const set = this.#set;
    const entry = this.#entry;
    entry[0] = 0;
    entry.set(set.ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES), 1);
    entry.writeDoubleBE(set.times[row] as number, 1 + ID_BYTES);
    const at = 1 + ID_BYTES + 8;
    entry.set(textHash(this.#profiles, profile, set.profiles.text(profile)), at);
    const context = set.context[row] as number;
    if (context !== this.#lastContext) {
      entry.set(hash('sha256', set.contexts.text(context), 'buffer'), at + HASH_BYTES);
      this.#lastContext = context;
    }
    entry.set(textHash(this.#extras, extra, set.extras.text(extra)), at + 2 * HASH_BYTES);
    return hash('sha256', entry, 'buffer');
  }
}

function textHash(known: (Buffer | undefined)[], number: number, text: string): Buffer {
  let digest = known[number];
  if (digest === undefined) {
    digest = hash('sha256', text, 'buffer');
    known[number] = digest;
  }
  return digest;
}
