import { corruptItem, type StoredBody } from '../../table/corrupt-item.ts';
import { ByteReader, ByteWriter } from '../facts/byte-columns.ts';
import { idBytes } from '../facts/row-set.ts';

/**
 * The event index says which chunk holds an event id, in about five bytes a row. It keeps a fingerprint of each id (its
 * first bits; event ids are random) with the number of the chunk among those of the run. Fingerprints may collide:
 * a reader compares the ids in the chunk.
 *
 * An entry is one number, fingerprint × 2^(52 − fingerprintBits) + chunk, so that sorting entries is sorting
 * doubles. A bucket is the number of bits of its fingerprints, then for each entry the fingerprint's distance from the
 * one before and the chunk, all varints.
 */
const NUMBER_BITS = 52;
const MAX_FINGERPRINT_BITS = 40;
const ENTRIES_IN_BUCKET = 1_600;

interface EventIndex {
  readonly bits: number;
  /** Encoded buckets, `2 ** bits` of them, each by as many leading bits of its ids. */
  readonly buckets: readonly Uint8Array[];
}

/** How many bits of fingerprint are left beside the number of a chunk. */
export function fingerprintBitsFor(chunks: number): number {
  return Math.min(MAX_FINGERPRINT_BITS, NUMBER_BITS - Math.ceil(Math.log2(Math.max(2, chunks))));
}

/** The leading bits of the sixteen bytes at `at`, as an integer. */
export function fingerprintOf(bytes: Uint8Array, at: number, bits: number): number {
  let value = 0;
  for (let i = 0; i < 5; i++) value = value * 256 + (bytes[at + i] as number);
  return Math.floor(value / 2 ** (40 - bits));
}

/** A shared event id is indexed beside event ids, under bytes that no event id of the same text has. */
export function sharedIdBytes(sharedEventId: string): Uint8Array {
  return idBytes(sharedEventId).map((byte) => ~byte);
}

export function makeEntry(fingerprint: number, chunk: number, fingerprintBits: number): number {
  return fingerprint * 2 ** (NUMBER_BITS - fingerprintBits) + chunk;
}

export function entryFingerprint(entry: number, fingerprintBits: number): number {
  return Math.floor(entry / 2 ** (NUMBER_BITS - fingerprintBits));
}

export function entryChunk(entry: number, fingerprintBits: number): number {
  return entry % 2 ** (NUMBER_BITS - fingerprintBits);
}

/** @param entries sorted ascending */
export function encodeIndex(entries: Float64Array, fingerprintBits: number): EventIndex {
  let bits = 0;
  while (entries.length / 2 ** bits > ENTRIES_IN_BUCKET) bits++;
  const buckets: Uint8Array[] = [];
  let at = 0;
  for (let bucket = 0; bucket < 2 ** bits; bucket++) {
    const writer = new ByteWriter();
    writer.varint(fingerprintBits);
    const end = (bucket + 1) * 2 ** (NUMBER_BITS - bits);
    let last = bucket * 2 ** (fingerprintBits - bits);
    for (; at < entries.length && (entries[at] as number) < end; at++) {
      const fingerprint = entryFingerprint(entries[at] as number, fingerprintBits);
      writer.varint(fingerprint - last);
      writer.varint(entryChunk(entries[at] as number, fingerprintBits));
      last = fingerprint;
    }
    buckets.push(writer.finish().slice());
  }
  return { bits, buckets };
}

/**
 * Calls `visit` for every entry of a bucket, in order, with how many bits its fingerprint has.
 * @throws KeytrailError `corrupt-item`
 */
export function decodeBucket(
  item: StoredBody,
  bucket: number,
  bits: number,
  visit: (fingerprint: number, chunk: number, fingerprintBits: number) => void,
): void {
  try {
    const reader = new ByteReader(item.body ?? new Uint8Array());
    const fingerprintBits = reader.varint();
    let fingerprint = bucket * 2 ** (fingerprintBits - bits);
    while (!reader.atEnd()) {
      fingerprint += reader.varint();
      visit(fingerprint, reader.varint(), fingerprintBits);
    }
  } catch (cause) {
    throw corruptItem('A bucket of the event index', item, cause);
  }
}

/** The chunks, by number, whose entries in a bucket match the id of sixteen bytes. */
export function chunksInBucket(item: StoredBody, id: Uint8Array, bits: number): number[] {
  const chunks = new Set<number>();
  decodeBucket(item, fingerprintOf(id, 0, bits), bits, (fingerprint, chunk, fingerprintBits) => {
    if (fingerprint === fingerprintOf(id, 0, fingerprintBits)) chunks.add(chunk);
  });
  return [...chunks];
}
