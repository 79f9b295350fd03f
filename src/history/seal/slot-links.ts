import { hourMask } from '../../utc-time.ts';
import { parseExtra } from '../facts/fact.ts';
import { ID_BYTES, type RowSet } from '../facts/row-set.ts';
import { entryChunk, entryFingerprint, fingerprintOf, sharedIdBytes } from '../pages/event-index.ts';
import type { IndexEntries } from './day-index.ts';
import { chunksOf, hoursOf, type SlotPlan } from './slot-plan.ts';

/** Fingerprints, of `bits` bits each, that several slots have, and the hours of those slots as bits. */
export interface Links {
  readonly hours: number;
  readonly fingerprints: ReadonlySet<number>;
  readonly bits: number;
}

/**
 * The ids that occur in more than one slot of a day, with the hours of these slots; undefined where none do.
 * Two fingerprints may be equal by chance: then slots are sealed twice with the same result.
 */
export function findLinks({ plans, entries, fingerprintBits: bits }: IndexEntries): Links | undefined {
  if (plans.length < 2) return undefined;
  const slotOf = plans.flatMap((plan, number) => chunksOf(plan).map(() => number));
  const fingerprints = new Set<number>();
  let hours = 0;
  for (let i = 1; i < entries.length; i++) {
    const [before, entry] = [entries[i - 1] as number, entries[i] as number];
    const fingerprint = entryFingerprint(entry, bits);
    if (entryFingerprint(before, bits) !== fingerprint) continue;
    const a = slotOf[entryChunk(before, bits)] as number;
    const b = slotOf[entryChunk(entry, bits)] as number;
    if (a === b) continue;
    fingerprints.add(fingerprint);
    for (const number of [a, b]) hours |= hourMask(...hoursOf(plans[number] as SlotPlan));
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
