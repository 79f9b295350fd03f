import { appendToList } from '../../append-to-list.ts';
import type { RoleByProfile } from '../facts/row-roles.ts';
import { joinedSources } from '../facts/source.ts';
import type { SealedEvent } from './choose-versions.ts';
import { copyOfRow, foldCopies } from './fold-copies.ts';
import { DISPOSITION, isInSlot, isKeptBySlot, type SealInput } from './seal-input.ts';

/**
 * Folds the events that are copies of one cross-account use into one row, which is appended to the facts. Adds to
 * `hidden` what is not shown here and is the slot's to keep, and notes in `dispositions` which copies were folded.
 * @returns the rows that answers show
 */
export function foldEvents(
  input: SealInput,
  events: readonly SealedEvent[],
  roles: RoleByProfile,
  dispositions: Uint8Array,
  hidden: number[],
): number[] {
  const { facts } = input;
  const visible: number[] = [];
  const show = (row: number) => {
    if (isInSlot(input, row)) visible.push(row);
    else if (isKeptBySlot(input, row)) hidden.push(row);
  };
  const copiesOfUse = new Map<string, SealedEvent[]>();
  for (const event of events) {
    const extra = facts.extra[event.winner] as number;
    const sharedId = extra === 0 ? undefined : facts.extraAt(extra).sharedEventId;
    if (sharedId === undefined) show(event.winner);
    else appendToList(copiesOfUse, `${roles.of(event.winner)}${sharedId}`, event);
  }
  for (const copies of copiesOfUse.values()) {
    const [only, ...others] = copies;
    if (only !== undefined && others.length === 0) {
      show(only.winner);
      continue;
    }
    for (const { winner } of copies) if (isKeptBySlot(input, winner)) hidden.push(winner);
    const folded = foldCopies(copies.map(({ winner }) => copyOfRow(facts, winner)));
    const isShownHere = folded.timeMs >= input.fromMs && folded.timeMs < input.toMs;
    if (isShownHere) {
      const sources = copies.map(({ winner }) => facts.sourcesOf(winner)).reduce(joinedSources);
      visible.push(facts.add(folded.eventId, folded.timeMs, folded.parts, sources));
    }
    // One of several new copies is the row, whichever; the others, or all where the row was there, are folded.
    const isNewRow = isShownHere && copies.every(({ head }) => dispositions[head] !== DISPOSITION.known);
    const fresh = copies.filter(({ head }) => dispositions[head] === DISPOSITION.fresh);
    for (const { head } of fresh.slice(isNewRow ? 1 : 0)) dispositions[head] = DISPOSITION.folded;
  }
  return visible;
}
