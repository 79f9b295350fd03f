import type { Versions } from './find-versions.ts';
import { compareVersions, copyOfRow } from './fold-copies.ts';
import { DISPOSITION, isInSlot, isKeptBySlot, type SealInput } from './seal-input.ts';

/** An event: its first fact, and the best of its versions, which is what is shown of it. */
export interface SealedEvent {
  readonly head: number;
  readonly winner: number;
}

/** Chooses the best version of each event. The others are hidden. */
export function chooseVersions(
  input: SealInput,
  { heads, next, withSeveral, dispositions }: Versions,
): { events: SealedEvent[]; hidden: number[] } {
  const { facts } = input;
  const hidden: number[] = [];
  const events = heads.map((head): SealedEvent => {
    if (!withSeveral.has(head)) return { head, winner: head };
    const versions: number[] = [];
    for (let version = head; version !== -1; version = next[version] as number) versions.push(version);
    versions.sort((a, b) => compareVersions(copyOfRow(facts, a), copyOfRow(facts, b)));
    const winner = versions[0] as number;
    for (const version of versions.slice(1)) if (isKeptBySlot(input, version)) hidden.push(version);
    // The event counts where its best version lies.
    if (dispositions[head] === DISPOSITION.fresh && !isInSlot(input, winner)) {
      dispositions[head] = DISPOSITION.duplicate;
    }
    return { head, winner };
  });
  return { events, hidden };
}
