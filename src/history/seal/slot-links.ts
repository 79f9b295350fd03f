import { hourMask } from '../../utc-time.ts';
import { parseExtra } from '../facts/fact.ts';
import { ID_BYTES, type RowSet } from '../facts/row-set.ts';
import { entryChunk, entryFingerprint, fingerprintOf, sharedIdBytes } from '../pages/event-index.ts';
import { boundsOf, chunksOf, type Piece } from './seal-plan.ts';

/** Fingerprints of so many bits that several slots have, and the hours of those slots. */
export interface Links {
  readonly hours: number;
  readonly fingerprints: ReadonlySet<number>;
  readonly bits: number;
}

/**
 * The ids that occur in more than one piece of a day, with the hours of these pieces; undefined where none do.
 * Fingerprints may meet by chance: then a seal is done twice to the same end.
 * @param entries the event index of the pieces, with so many bits of fingerprint
 */
export function findLinks(pieces: readonly Piece[], entries: Float64Array, bits: number): Links | undefined {
  const pieceOf = pieces.flatMap((piece, number) => chunksOf(piece).map(() => number));
  const fingerprints = new Set<number>();
  let hours = 0;
  for (let i = 1; i < entries.length; i++) {
    const [before, entry] = [entries[i - 1] as number, entries[i] as number];
    const fingerprint = entryFingerprint(entry, bits);
    if (entryFingerprint(before, bits) !== fingerprint) continue;
    const a = pieceOf[entryChunk(before, bits)] as number;
    const b = pieceOf[entryChunk(entry, bits)] as number;
    if (a === b) continue;
    fingerprints.add(fingerprint);
    for (const number of [a, b]) hours |= hourMask(...boundsOf(pieces[number] as Piece));
  }
  return hours === 0 ? undefined : { hours, fingerprints, bits };
}

/** Whether a fact's event id, or the id it shares with copies, is among the linked. */
export function linkMatcher(set: RowSet, links: Links): (row: number) => boolean {
  const shared = set.extras.texts.map((text) => {
    const id = parseExtra(text).sharedEventId;
    return id !== undefined && links.fingerprints.has(fingerprintOf(sharedIdBytes(id), 0, links.bits));
  });
  return (row) =>
    shared[set.extra[row] as number] === true ||
    links.fingerprints.has(fingerprintOf(set.ids, row * ID_BYTES, links.bits));
}
