import { type ItemSource, readIndexRun } from './day-reader.ts';
import type { DayRoot, IndexRun, Slot } from './day-root.ts';
import {
  decodeBucket,
  encodeIndex,
  entryChunk,
  entryFingerprint,
  fingerprintBitsFor,
  makeEntry,
} from './event-index.ts';
import { chunksOf, type Piece } from './seal-plan.ts';

/** The event index of the pieces of a day as numbers, sorted; chunks are numbered through all pieces. */
export interface IndexEntries {
  readonly pieces: readonly Piece[];
  readonly fingerprintBits: number;
  readonly entries: Float64Array;
}

/** What becomes of the runs of a day's event index: which stay as they are, and what is written anew. */
interface IndexChange {
  readonly kept: readonly IndexRun[];
  /** The new run; undefined where every slot's ids are in runs that stay. */
  readonly made:
    | {
        readonly bits: number;
        readonly fingerprintBits: number;
        readonly entries: number;
        readonly buckets: readonly Uint8Array[];
      }
    | undefined;
  /** Whether a piece's ids are in the new run. */
  readonly isMade: (piece: Piece) => boolean;
}

/** New pieces' ids, and those of kept pieces from the runs they are in. */
export async function indexEntries(
  pieces: readonly Piece[],
  previous: DayRoot | undefined,
  source: ItemSource,
): Promise<IndexEntries> {
  const fingerprintBits = fingerprintBitsOf(pieces, previous);
  const parts: Float64Array[] = [];
  const keptChunks = new Map<string, number>();
  let next = 0;
  for (const piece of pieces) {
    if (piece.kind === 'kept') {
      for (const chunk of piece.slot.chunks) keptChunks.set(chunk.name, next++);
      continue;
    }
    const base = next;
    const { idFingerprints, idChunks } = piece.slot;
    const scale = 2 ** (40 - fingerprintBits);
    parts.push(
      idFingerprints.map((fingerprint, i) =>
        makeEntry(Math.floor(fingerprint / scale), base + (idChunks[i] as number), fingerprintBits),
      ),
    );
    next += piece.names.length;
  }
  for (const run of previous?.index ?? []) {
    const chunks = chunksOfRun(previous?.slots ?? [], run).map(({ name }) => keptChunks.get(name));
    if (chunks.every((number) => number === undefined)) continue;
    parts.push(await entriesOfRun(source, previous?.day ?? '', run, chunks, fingerprintBits));
  }
  const entries = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    entries.set(part, at);
    at += part.length;
  }
  return { pieces, fingerprintBits, entries: entries.sort() };
}

/** The chunks whose numbers the entries of a run tell. */
export function chunksOfRun(slots: readonly Slot[], run: Pick<IndexRun, 'version'>) {
  return slots.filter((slot) => slot.indexRun === run.version).flatMap((slot) => slot.chunks);
}

/** @param chunks the new number of each chunk of the run; undefined of those that are gone */
async function entriesOfRun(
  source: ItemSource,
  day: string,
  run: IndexRun,
  chunks: readonly (number | undefined)[],
  fingerprintBits: number,
): Promise<Float64Array> {
  const entries: number[] = [];
  const scale = 2 ** (run.fingerprintBits - fingerprintBits);
  for (const [bucket, body] of (await readIndexRun(source, day, run)).entries()) {
    decodeBucket(body, bucket, run.bits, (fingerprint, chunk) => {
      const number = chunks[chunk];
      if (number !== undefined)
        entries.push(makeEntry(Math.floor(fingerprint / scale), number, fingerprintBits));
    });
  }
  return Float64Array.from(entries);
}

function fingerprintBitsOf(pieces: readonly Piece[], previous: DayRoot | undefined): number {
  const chunks = pieces.reduce((sum, piece) => sum + chunksOf(piece).length, 0);
  // Fingerprints that are written can only be made shorter.
  const isKeeping = pieces.some((piece) => piece.kind === 'kept');
  const written = isKeeping ? (previous?.index ?? []).map((run) => run.fingerprintBits) : [];
  return Math.min(fingerprintBitsFor(chunks), ...written);
}

/**
 * The runs of the next version. A run stays while all its slots do and it is larger than what is written
 * beside it; so the ids of a day that is sealed hour by hour are written again as often as its hours double,
 * not with each seal, and there are few runs to look through.
 */
export function changeIndex(index: IndexEntries, previous: DayRoot | undefined): IndexChange {
  const stays = new Set(index.pieces.flatMap((piece) => (piece.kind === 'kept' ? [piece.slot] : [])));
  const whole: IndexRun[] = [];
  let written = 0;
  for (const piece of index.pieces) if (piece.kind === 'made') written += piece.slot.idFingerprints.length;
  for (const run of previous?.index ?? []) {
    const slots = previous?.slots.filter((slot) => slot.indexRun === run.version) ?? [];
    if (slots.every((slot) => stays.has(slot))) whole.push(run);
    else written += run.entries;
  }
  const kept: IndexRun[] = [];
  for (const run of whole.sort((a, b) => a.entries - b.entries)) {
    if (kept.length === 0 && run.entries <= written) written += run.entries;
    else kept.push(run);
  }
  const keptVersions = new Set(kept.map((run) => run.version));
  const isMade = (piece: Piece) => piece.kind === 'made' || !keptVersions.has(piece.slot.indexRun);
  if (!index.pieces.some(isMade)) return { kept, made: undefined, isMade };
  const entries = entriesOfPieces(index, isMade);
  const { fingerprintBits } = index;
  return {
    kept,
    made: { ...encodeIndex(entries, fingerprintBits), fingerprintBits, entries: entries.length },
    isMade,
  };
}

/** The entries of some pieces, their chunks numbered through these pieces alone. Sorted as they were. */
function entriesOfPieces(
  { pieces, entries, fingerprintBits }: IndexEntries,
  isMade: (piece: Piece) => boolean,
): Float64Array {
  if (pieces.every(isMade)) return entries;
  let next = 0;
  const numbers = pieces.flatMap((piece) => {
    const isIn = isMade(piece);
    return chunksOf(piece).map(() => (isIn ? next++ : -1));
  });
  const numberOf = (entry: number) => numbers[entryChunk(entry, fingerprintBits)] as number;
  return entries
    .filter((entry) => numberOf(entry) !== -1)
    .map((entry) => makeEntry(entryFingerprint(entry, fingerprintBits), numberOf(entry), fingerprintBits));
}
