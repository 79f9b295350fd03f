import { hash } from 'node:crypto';
import { copyId, ID_BYTES, type RowSet } from '../facts/row-set.ts';

export const HASH_BYTES = 32;

/**
 * A Merkle tree head over `leaves`, hashed as RFC 6962 §2.1 (and RFC 9162 §2.1.1) says: a leaf is
 * SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right), the empty tree SHA-256 of nothing.
 * @param leaves leaf hashes, 32 bytes each, in the tree's order
 */
export function merkleRoot(leaves: Uint8Array): Buffer {
  const count = leaves.length / HASH_BYTES;
  if (count === 0) return hash('sha256', '', 'buffer');
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
        putHash(node, next, at);
      }
    }
    level = next;
    width = Math.ceil(width / 2);
  }
  return level;
}

/** Hashes into a buffer. By way of a one-byte string, which costs a third of what a buffer of its own does. */
function putHash(data: Uint8Array, into: Buffer, at: number): void {
  putDigest(hash('sha256', data, 'binary'), into, at);
}

/** Writes a digest's string of bytes one by one: for so few, `Buffer.write` costs more. */
function putDigest(digest: string, into: Uint8Array, at: number): void {
  for (let i = 0; i < HASH_BYTES; i++) into[at + i] = digest.charCodeAt(i);
}

const TEXTS_AT = 1 + ID_BYTES + 8;
const CONTEXT_AT = TEXTS_AT + 3 * HASH_BYTES;
/** The most bytes of one UTF-16 unit in UTF-8. */
const LONGEST_UNIT_BYTES = 3;

/**
 * The leaf hashes of facts. A fact's entry is its event id's sixteen bytes, its time in epoch milliseconds as
 * a big-endian double, the SHA-256 of its profile, its session and its extra, which many share, and then its
 * context itself, which few do.
 */
export class FactHasher {
  #buffer = Buffer.alloc(4_096);
  /** The part of the buffer that is written. */
  #entry = this.#buffer.subarray(0, CONTEXT_AT);
  readonly #set: RowSet;
  readonly #profiles: (string | undefined)[] = [];
  readonly #sessions: (string | undefined)[] = [];
  readonly #extras: (string | undefined)[] = [];
  #lastContext = -1;
  #lastProfile = -1;
  #lastSession = -1;
  #lastExtra = -1;

  constructor(set: RowSet) {
    this.#set = set;
  }

  /** Writes the leaf of a row, whose raw profile has the given number, into `leaves`. */
  putLeaf(row: number, profile: number, leaves: Buffer, at: number): void {
    this.#write(row, profile);
    putHash(this.#entry, leaves, at);
  }

  /** The entry of a row, which its leaf is the hash of. */
  entryOf(row: number, profile: number): Buffer {
    this.#write(row, profile);
    return Buffer.from(this.#entry.subarray(1));
  }

  #write(row: number, profile: number): void {
    const set = this.#set;
    const context = set.context[row] as number;
    if (context !== this.#lastContext) {
      this.#writeContext(set.contexts.text(context));
      this.#lastContext = context;
    }
    const entry = this.#entry;
    copyId(set.ids, row * ID_BYTES, entry, 1);
    entry.writeDoubleBE(set.times[row] as number, 1 + ID_BYTES);
    if (profile !== this.#lastProfile) {
      putDigest(textHash(this.#profiles, profile, set.profiles.text(profile)), entry, TEXTS_AT);
      this.#lastProfile = profile;
    }
    const session = set.session[row] as number;
    if (session !== this.#lastSession) {
      const text = set.sessions.text(session);
      putDigest(textHash(this.#sessions, session, text), entry, TEXTS_AT + HASH_BYTES);
      this.#lastSession = session;
    }
    const extra = set.extra[row] as number;
    if (extra !== this.#lastExtra) {
      putDigest(textHash(this.#extras, extra, set.extras.text(extra)), entry, TEXTS_AT + 2 * HASH_BYTES);
      this.#lastExtra = extra;
    }
  }

  #writeContext(text: string): void {
    const longest = CONTEXT_AT + text.length * LONGEST_UNIT_BYTES;
    if (longest > this.#buffer.length) {
      const longer = Buffer.alloc(2 * longest);
      this.#buffer.copy(longer, 0, 0, CONTEXT_AT);
      this.#buffer = longer;
    }
    const end = CONTEXT_AT + this.#buffer.write(text, CONTEXT_AT);
    this.#entry = this.#buffer.subarray(0, end);
  }
}

function textHash(known: (string | undefined)[], number: number, text: string): string {
  let digest = known[number];
  if (digest === undefined) {
    digest = hash('sha256', text, 'binary');
    known[number] = digest;
  }
  return digest;
}

const JUDGEMENT_AT = 1 + ID_BYTES + 1;

/**
 * The leaf hashes of judgements. An entry is the event id's sixteen bytes, a byte for the role of the key (0 none, 1
 * destination, 2 source) and the SHA-256 of the judgement's text.
 */
export class JudgementHasher {
  readonly #entry = Buffer.alloc(JUDGEMENT_AT + HASH_BYTES);
  readonly #set: RowSet;
  readonly #texts: (string | undefined)[] = [];

  constructor(set: RowSet) {
    this.#set = set;
  }

  putLeaf(row: number, role: number, leaves: Buffer, at: number): void {
    const set = this.#set;
    const judgement = set.judgement[row] as number;
    this.#entry.set(set.ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES), 1);
    this.#entry[1 + ID_BYTES] = role;
    this.#entry.write(
      textHash(this.#texts, judgement, set.judgements.text(judgement)),
      JUDGEMENT_AT,
      'latin1',
    );
    putHash(this.#entry, leaves, at);
  }
}
