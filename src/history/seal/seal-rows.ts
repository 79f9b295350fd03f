import { appendToList } from '../../append-to-list.ts';
import type { KeyArn } from '../../kms/key-use.ts';
import { AT, type FactParts, type Profile } from '../facts/fact.ts';
import { IdTable } from '../facts/id-table.ts';
import { RoleByProfile } from '../facts/row-roles.ts';
import type { RowSet } from '../facts/row-set.ts';
import { type Copy, compareVersions, foldCopies } from './fold-copies.ts';

/** Where a new fact came from, and what became of it; see `SealedRows.fate`. */
export const FATE = { known: 0, fresh: 1, duplicate: 2, folded: 3, visitor: 4 } as const;

export interface SealInput {
  /** Raw facts: first those the history had, then new ones, then visitors. Rows may be appended. */
  readonly facts: RowSet;
  /** Rows `[0, known)` were in the history before. */
  readonly known: number;
  /** Rows `[visitors, length)` lie in another slot and are here to be compared only. */
  readonly visitors: number;
  /** So many of the visitors, the first, were in the history before. */
  readonly knownVisitors: number;
  /** The slot: from inclusive, to exclusive, epoch milliseconds. Facts outside are visitors too. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The key that an unresolved reference of this profile meant at a time. */
  readonly resolve: (profile: Profile, timeMs: number) => KeyArn | undefined;
}

interface Event {
  readonly head: number;
  readonly winner: number;
}

export interface SealedRows {
  readonly facts: RowSet;
  /** The rows that answers show, in no order. */
  readonly visible: readonly number[];
  /** Facts kept beside them: worse versions, folded copies, visitors. Never in an answer. */
  readonly hidden: readonly number[];
  /** By raw row: `FATE`. */
  readonly fate: Uint8Array;
}

/**
 * What a set of facts amounts to: exact duplicates dropped, the best version of each event chosen,
 * cross-account copies folded, references resolved. A pure function of the set: neither order nor repetition
 * of its facts changes the answer.
 */
export function sealRows(input: SealInput): SealedRows {
  const { facts, known, fromMs, toMs } = input;
  const raw = facts.length;
  const fate = new Uint8Array(raw);
  const isHere = (row: number) =>
    row < input.visitors && (facts.times[row] as number) >= fromMs && (facts.times[row] as number) < toMs;

  const roles = new RoleByProfile(facts);
  const table = new IdTable(raw);
  /** The next other version of the same event, -1 at the end; exact duplicates are not linked. */
  const nextVersion = new Int32Array(raw).fill(-1);
  const heads: number[] = [];
  const withVersions = new Set<number>();
  for (let row = 0; row < raw; row++) {
    fate[row] = fateOnArrival(row);
    const head = table.findOrAdd(facts, row, roles.of(row));
    if (head === row) {
      heads.push(row);
      continue;
    }
    if (fate[row] === FATE.known) fate[head] = FATE.known;
    else if (fate[row] === FATE.fresh) fate[row] = FATE.duplicate;
    let last = head;
    let isSame = false;
    for (let version = head; version !== -1; version = nextVersion[version] as number) {
      if (sameFact(facts, version, row)) {
        isSame = true;
        break;
      }
      last = version;
    }
    if (!isSame) {
      nextVersion[last] = row;
      withVersions.add(head);
    }
  }

  // From here an event goes by its head, the first of its facts, whose fate is the event's, and its winner,
  // the best of them, which is what is shown.
  const hidden: number[] = [];
  const events: Event[] = [];
  for (const head of heads) {
    if (!withVersions.has(head)) {
      events.push({ head, winner: head });
      continue;
    }
    const versions: number[] = [];
    for (let version = head; version !== -1; version = nextVersion[version] as number) versions.push(version);
    versions.sort((a, b) => compareVersions(copyOf(facts, a), copyOf(facts, b)));
    const winner = versions[0] as number;
    for (const version of versions.slice(1)) if (belongs(version)) hidden.push(version);
    // The event counts where its best version lies.
    if (fate[head] === FATE.fresh && !isHere(winner)) fate[head] = FATE.duplicate;
    events.push({ head, winner });
  }

  const visible: number[] = [];
  const show = (row: number) => {
    if (isHere(row)) visible.push(row);
    else if (belongs(row)) hidden.push(row);
  };
  const groups = new Map<string, Event[]>();
  for (const event of events) {
    const extra = facts.extra[event.winner] as number;
    const sharedId = extra === 0 ? undefined : facts.extraAt(extra).sharedEventId;
    if (sharedId === undefined) {
      show(event.winner);
      continue;
    }
    const key = `${roles.of(event.winner)}${sharedId}`;
    appendToList(groups, key, event);
  }
  for (const group of groups.values()) {
    if (group.length === 1) {
      show((group[0] as Event).winner);
      continue;
    }
    for (const { winner } of group) if (belongs(winner)) hidden.push(winner);
    const folded = foldCopies(group.map(({ winner }) => copyOf(facts, winner)));
    const isShownHere = folded.timeMs >= fromMs && folded.timeMs < toMs;
    if (isShownHere) visible.push(facts.add(folded.eventId, folded.timeMs, folded.parts));
    // One of several new copies is the row, whichever; the others, or all where the row was there, are folded.
    const isNewRow = isShownHere && group.every(({ head }) => fate[head] !== FATE.known);
    const fresh = group.filter(({ head }) => fate[head] === FATE.fresh);
    for (const { head } of fresh.slice(isNewRow ? 1 : 0)) fate[head] = FATE.folded;
  }
  resolveReferences(facts, visible, input.resolve);
  return { facts, visible, hidden, fate };

  function fateOnArrival(row: number): number {
    if (row < known || (row >= input.visitors && row < input.visitors + input.knownVisitors))
      return FATE.known;
    return isHere(row) ? FATE.fresh : FATE.visitor;
  }

  /** Whether a fact that is not shown is this slot's to keep. */
  function belongs(row: number): boolean {
    return row < input.visitors;
  }
}

function resolveReferences(
  facts: RowSet,
  visible: readonly number[],
  resolve: (profile: Profile, timeMs: number) => KeyArn | undefined,
): void {
  const parsed = new Map<number, Profile | undefined>();
  for (const row of visible) {
    const number = facts.profile[row] as number;
    let profile = parsed.get(number);
    if (profile === undefined && !parsed.has(number)) {
      const candidate = facts.profileAt(number);
      profile = candidate[AT.keyArn] === null && candidate[AT.keyRef] !== null ? candidate : undefined;
      parsed.set(number, profile);
    }
    if (profile === undefined) continue;
    const keyArn = resolve(profile, facts.times[row] as number);
    if (keyArn === undefined) continue;
    const resolved = [...profile];
    resolved[AT.keyArn] = keyArn;
    resolved[AT.keyFrom] = 'alias';
    // A raw fact's own number must stay: the row is shown with another profile than it is kept with.
    facts.profile[row] = facts.profiles.number(JSON.stringify(resolved));
  }
}

function copyOf(facts: RowSet, row: number): Copy {
  const parts: FactParts = facts.parts(row);
  return { eventId: facts.eventId(row), timeMs: facts.times[row] as number, parts };
}

function sameFact(facts: RowSet, a: number, b: number): boolean {
  return (
    facts.times[a] === facts.times[b] &&
    facts.profile[a] === facts.profile[b] &&
    facts.session[a] === facts.session[b] &&
    facts.contexts.text(facts.context[a] as number) === facts.contexts.text(facts.context[b] as number) &&
    facts.extra[a] === facts.extra[b]
  );
}
