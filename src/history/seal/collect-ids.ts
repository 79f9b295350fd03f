import type { Correction } from '../day/day-root.ts';
import { ID_BYTES, idBytes, type RowSet } from '../facts/row-set.ts';
import { fingerprintOf, sharedIdBytes } from '../pages/event-index.ts';
import type { SealedRows } from './seal-rows.ts';

/** The ids by which rows of a slot are found: for each its fingerprint of 40 bits, and the number of its chunk. */
export interface CollectedIds {
  readonly idFingerprints: Float64Array;
  readonly idChunks: Uint32Array;
}

/** Collects the ids of the rows of a slot. @param chunkOf by row, the number of its chunk */
export function collectIds(sealed: SealedRows, visible: Uint32Array, chunkOf: Uint32Array): CollectedIds {
  const { facts } = sealed;
  const fingerprints: number[] = [];
  const chunks: number[] = [];
  const push = (bytes: Uint8Array, at: number, chunk: number) => {
    fingerprints.push(fingerprintOf(bytes, at, 40));
    chunks.push(chunk);
  };
  const pushShared = (row: number) => {
    const extra = facts.extra[row] as number;
    if (extra === 0) return;
    const { sharedEventId, copies } = facts.extraAt(extra);
    const chunk = chunkOf[row] as number;
    if (sharedEventId !== undefined) push(sharedIdBytes(sharedEventId), 0, chunk);
    const eventId = facts.eventId(row);
    for (const copy of copies ?? []) if (copy !== eventId) push(idBytes(copy), 0, chunk);
  };
  for (const row of visible) {
    push(facts.ids, row * ID_BYTES, chunkOf[row] as number);
    pushShared(row);
  }
  // Hidden copies are found by the row that shows them. Their shared ids lead to copies in other slots.
  for (const row of sealed.hidden) pushShared(row);
  return { idFingerprints: Float64Array.from(fingerprints), idChunks: Uint32Array.from(chunks) };
}

/** The addenda among rows that answers show. */
export function collectCorrections(facts: RowSet, visible: Uint32Array): Correction[] {
  const corrections: Correction[] = [];
  const candidates = facts.extras.texts.map((text) => text.includes('"supersedes"'));
  for (const row of visible) {
    const extra = facts.extra[row] as number;
    if (!candidates[extra]) continue;
    const { supersedes } = facts.extraAt(extra);
    if (supersedes !== undefined) corrections.push({ original: supersedes, by: facts.eventId(row) });
  }
  return corrections;
}
