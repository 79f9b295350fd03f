import { type ItemSource, readIndexBuckets } from './day-reader.ts';
import type { DayRoot } from './day-root.ts';
import { decodeBucket, fingerprintBitsFor, makeEntry } from './event-index.ts';
import { chunksOf, type Piece } from './seal-plan.ts';

/** How many bits of fingerprint the index of some pieces has. */
export function fingerprintBitsOf(pieces: readonly Piece[], previous: DayRoot | undefined): number {
  const chunks = pieces.reduce((sum, piece) => sum + chunksOf(piece).length, 0);
  // A kept piece's fingerprints can only be made shorter.
  const isKeeping = pieces.some((piece) => piece.kind === 'kept');
  const limit = isKeeping ? (previous?.index.fingerprintBits ?? 40) : 40;
  return Math.min(fingerprintBitsFor(chunks), limit);
}

/** The event index of the day as numbers: new pieces' ids, and those of kept pieces from the old index. */
export async function indexEntries(
  pieces: readonly Piece[],
  bits: number,
  previous: DayRoot | undefined,
  source: ItemSource,
): Promise<Float64Array> {
  const parts: Float64Array[] = [];
  const chunkNumbers = new Map<string, number>();
  let next = 0;
  for (const piece of pieces) {
    if (piece.kind === 'kept') {
      for (const chunk of piece.slot.chunks) chunkNumbers.set(chunk.name, next++);
      continue;
    }
    const base = next;
    const { idFingerprints, idChunks } = piece.slot;
    const scale = 2 ** (40 - bits);
    parts.push(
      idFingerprints.map((fingerprint, i) =>
        makeEntry(Math.floor(fingerprint / scale), base + (idChunks[i] as number), bits),
      ),
    );
    next += piece.names.length;
  }
  if (previous !== undefined && chunkNumbers.size > 0) {
    const kept: number[] = [];
    const old = previous.slots.flatMap((slot) => slot.chunks.map((chunk) => chunk.name));
    const { index } = previous;
    const scale = 2 ** (index.fingerprintBits - bits);
    const numbers = index.buckets.map((_, bucket) => bucket);
    for (const [bucket, body] of await readIndexBuckets(source, previous, numbers)) {
      decodeBucket(body, bucket, index.bits, index.fingerprintBits, (fingerprint, chunk) => {
        const number = chunkNumbers.get(old[chunk] ?? '');
        if (number !== undefined) kept.push(makeEntry(Math.floor(fingerprint / scale), number, bits));
      });
    }
    parts.push(Float64Array.from(kept));
  }
  const entries = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    entries.set(part, at);
    at += part.length;
  }
  return entries.sort();
}
