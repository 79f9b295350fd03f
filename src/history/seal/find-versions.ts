import { IdTable } from '../facts/id-table.ts';
import type { RoleByProfile } from '../facts/row-roles.ts';
import type { RowSet } from '../facts/row-set.ts';
import { joinedSources } from '../facts/source.ts';
import { DISPOSITION, isInSlot, type SealInput } from './seal-input.ts';

/** The facts of a set by event: an event goes by its head, the first of its facts. */
export interface Versions {
  readonly heads: readonly number[];
  /** By row, the next other version of the same event; -1 at the end. Exact duplicates are not linked. */
  readonly next: Int32Array;
  /** The heads of events that have more than one version. */
  readonly withSeveral: ReadonlySet<number>;
  /** By row: `DISPOSITION`. That of a head is its event's. */
  readonly dispositions: Uint8Array;
}

/** Finds the facts that are of one event (and one role of its key), and drops exact duplicates. */
export function findVersions(input: SealInput, roles: RoleByProfile): Versions {
  const { facts } = input;
  const rows = facts.length;
  const dispositions = new Uint8Array(rows);
  const table = new IdTable(rows);
  const next = new Int32Array(rows).fill(-1);
  const heads: number[] = [];
  const withSeveral = new Set<number>();
  for (let row = 0; row < rows; row++) {
    const disposition = dispositionOnArrival(input, row);
    dispositions[row] = disposition;
    const head = table.findOrAdd(facts, row, roles.of(row));
    if (head === row) {
      heads.push(row);
      continue;
    }
    if (disposition === DISPOSITION.known) dispositions[head] = DISPOSITION.known;
    else if (disposition === DISPOSITION.fresh) dispositions[row] = DISPOSITION.duplicate;
    let last = head;
    let same = -1;
    for (let version = head; version !== -1 && same === -1; version = next[version] as number) {
      if (isSameFact(facts, version, row)) same = version;
      last = version;
    }
    if (same === -1) {
      next[last] = row;
      withSeveral.add(head);
    } else joinSources(facts, same, row);
  }
  return { heads, next, withSeveral, dispositions };
}

/** A fact that came from two sources is of both. */
function joinSources(facts: RowSet, row: number, other: number): void {
  if (facts.source[row] === facts.source[other]) return;
  const joined = joinedSources(facts.sourcesOf(row), facts.sourcesOf(other));
  facts.source[row] = facts.sources.number(joined);
}

function dispositionOnArrival(input: SealInput, row: number): number {
  const { known, boundary, knownBoundary } = input;
  if (row < known || (row >= boundary && row < boundary + knownBoundary)) return DISPOSITION.known;
  return isInSlot(input, row) ? DISPOSITION.fresh : DISPOSITION.boundary;
}

function isSameFact(facts: RowSet, a: number, b: number): boolean {
  return (
    facts.times[a] === facts.times[b] &&
    facts.profile[a] === facts.profile[b] &&
    facts.session[a] === facts.session[b] &&
    facts.contexts.text(facts.context[a] as number) === facts.contexts.text(facts.context[b] as number) &&
    facts.extra[a] === facts.extra[b]
  );
}
