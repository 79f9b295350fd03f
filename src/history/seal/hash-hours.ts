import { appendToList } from '../../append-to-list.ts';
import { HOUR_MS } from '../../utc-time.ts';
import type { HourSeal } from '../day/day-root.ts';
import { judgedJobs } from '../facts/judgement-text.ts';
import { RoleByProfile } from '../facts/row-roles.ts';
import type { RowSet } from '../facts/row-set.ts';
import { FactHasher, HASH_BYTES, JudgementHasher, merkleRoot } from './merkle.ts';
import { rawProfileText } from './raw-facts.ts';

/**
 * The Merkle tree heads of the hours of a slot: over all facts of each hour, shown or hidden, and over the judgements of
 * the rows that answers show.
 * @param raw what `rawRows` answered
 */
export function hashHours(
  facts: RowSet,
  raw: readonly number[],
  visible: Iterable<number>,
  bounds: SlotBounds,
): HourSeal[] {
  const roles = new RoleByProfile(facts);
  const judged = hashJudgements(facts, visible, bounds, roles);
  return [...leavesByHour(facts, raw, bounds, roles)].map(([hour, leaves]) => ({
    hour,
    facts: leaves.length / HASH_BYTES,
    factsRoot: merkleRoot(leaves).toString('base64url'),
    judgementsRoot: judged.get(hour) ?? EMPTY_ROOT,
  }));
}

/**
 * The leaf hashes of the facts of each hour, in the tree's order.
 * @param raw what `rawRows` answered
 */
export function* leavesByHour(
  facts: RowSet,
  raw: readonly number[],
  bounds: SlotBounds,
  roles = new RoleByProfile(facts),
): Generator<readonly [hour: number, leaves: Buffer]> {
  const hasher = new FactHasher(facts);
  const rawProfile = rawProfilesOf(facts);
  const byHour = new Map<number, number[]>();
  for (const row of raw) {
    const hour = Math.floor(((facts.times[row] as number) - bounds.dayStartMs) / HOUR_MS);
    // A copy that belongs to the neighbouring day is a leaf there.
    if (hour < bounds.from || hour >= bounds.to) continue;
    appendToList(byHour, hour, row);
  }
  const inOrder = rowOrder(facts, roles);
  for (const [hour, rows] of [...byHour].sort(([a], [b]) => a - b)) {
    const order = Uint32Array.from(rows).sort(inOrder);
    const leaves = Buffer.allocUnsafe(order.length * HASH_BYTES);
    order.forEach((row, place) => {
      hasher.putLeaf(row, rawProfile(row), leaves, place * HASH_BYTES);
    });
    sortEqualRuns(facts, order, leaves, roles);
    yield [hour, leaves];
  }
}

/** By row, the number of the profile of the raw fact behind it. */
export function rawProfilesOf(facts: RowSet): (row: number) => number {
  const rawProfiles: number[] = [];
  return (row) => {
    const number = facts.profile[row] as number;
    let raw = rawProfiles[number];
    if (raw === undefined) {
      raw = facts.profiles.number(rawProfileText(facts.profiles.text(number)));
      rawProfiles[number] = raw;
    }
    return raw;
  };
}

const EMPTY_ROOT = merkleRoot(new Uint8Array()).toString('base64url');

/** The heads of the trees over the judgements of the rows that answers show, by hour; see `HourSeal`. */
function hashJudgements(
  facts: RowSet,
  visible: Iterable<number>,
  bounds: SlotBounds,
  roles: RoleByProfile,
): Map<number, string> {
  const hasJob = facts.judgements.texts.map((text) => text !== '' && judgedJobs(text).jobs.length > 0);
  const byHour = new Map<number, number[]>();
  for (const row of visible) {
    if (!hasJob[facts.judgement[row] as number]) continue;
    const hour = Math.floor(((facts.times[row] as number) - bounds.dayStartMs) / HOUR_MS);
    appendToList(byHour, hour, row);
  }
  const hasher = new JudgementHasher(facts);
  const inOrder = rowOrder(facts, roles);
  return new Map(
    [...byHour].map(([hour, rows]) => {
      rows.sort(inOrder);
      const leaves = Buffer.allocUnsafe(rows.length * HASH_BYTES);
      rows.forEach((row, place) => {
        hasher.putLeaf(row, roles.of(row), leaves, place * HASH_BYTES);
      });
      return [hour, merkleRoot(leaves).toString('base64url')];
    }),
  );
}

/** By time, event id and role of the key: the order of leaves. */
function rowOrder(facts: RowSet, roles: RoleByProfile): (a: number, b: number) => number {
  return (a, b) =>
    (facts.times[a] as number) - (facts.times[b] as number) ||
    facts.compareIds(a, b) ||
    roles.of(a) - roles.of(b);
}

/** Versions of one event at one time are ordered by their leaves, so that the tree is a function of the set. */
function sortEqualRuns(facts: RowSet, order: Uint32Array, leaves: Buffer, roles: RoleByProfile): void {
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && isSameEvent(order[start] as number, order[end] as number)) end++;
    if (end - start > 1) {
      const run: Buffer[] = [];
      for (let i = start; i < end; i++)
        run.push(Buffer.from(leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)));
      run.sort(Buffer.compare);
      run.forEach((leaf, i) => {
        leaves.set(leaf, (start + i) * HASH_BYTES);
      });
    }
    start = end;
  }

  function isSameEvent(a: number, b: number): boolean {
    return facts.times[a] === facts.times[b] && facts.sameId(a, b) && roles.of(a) === roles.of(b);
  }
}

export interface SlotBounds {
  readonly from: number;
  readonly to: number;
  readonly dayStartMs: number;
  readonly isHashed: boolean;
}
