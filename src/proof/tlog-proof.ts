import { type Checkpoint, verifyCheckpoint } from './checkpoint.ts';
import { HASH_BYTES, leafHash } from './merkle-hash.ts';
import { isIncluded } from './merkle-proof.ts';
import { badNote, type NoteKey } from './signed-note.ts';

/**
 * The proof that an entry is in a log, which is verified offline.
 * @see https://c2sp.org/tlog-proof
 */
export interface TlogProof {
  readonly index: number;
  /** From the leaf's sibling to the root's child. */
  readonly hashes: readonly Uint8Array[];
  /** The note of the checkpoint. */
  readonly checkpoint: string;
  /** What belongs to it and is not proven by it. */
  readonly extra?: Uint8Array;
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^53 leaves has so many levels. */
const MOST_HASHES = 53;

export function formatTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    FIRST_LINE,
    ...(extra === undefined ? [] : [`extra ${Buffer.from(extra).toString('base64')}`]),
    `index ${index}`,
    ...hashes.map((hash) => Buffer.from(hash).toString('base64')),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** @throws KeytrailError `bad-note` */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  const [first, ...lines] = text.slice(0, Math.max(split, 0)).split('\n');
  const extraText =
    lines[0]?.startsWith('extra ') === true ? lines.shift()?.slice('extra '.length) : undefined;
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? [];
  if (first !== FIRST_LINE || index === undefined || lines.length > MOST_HASHES) throw noProof();
  const hashes = lines.map(fromBase64);
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw noProof();
  return {
    index: Number(index),
    hashes,
    checkpoint: text.slice(split + 2),
    ...(extraText === undefined ? {} : { extra: fromBase64(extraText) }),
  };
}

/**
 * The checkpoint under which an entry is proven to be in the log of a key.
 * @throws KeytrailError `bad-note`
 */
export function verifyTlogProof(entry: Uint8Array, proof: TlogProof, key: NoteKey): Checkpoint {
  const checkpoint = verifyCheckpoint(proof.checkpoint, key);
  if (!isIncluded(leafHash(entry), proof.index, proof.hashes, checkpoint))
    throw badNote('A proof of inclusion does not lead to the root of its checkpoint');
  return checkpoint;
}

function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw noProof();
  return bytes;
}

function noProof() {
  return badNote('A proof of inclusion is not one');
}
