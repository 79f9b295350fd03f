import type { HourSeal } from './day-root.ts';
import { judgedJobs } from './judgement-text.ts';
import { FactHasher, HASH_BYTES, JudgementHasher, merkleRoot } from './merkle.ts';
import { HOUR_MS } from './names.ts';
import { rawProfileText, rawRows } from './raw-facts.ts';
import { RoleByProfile } from './row-roles.ts';
import type { RowSet } from './row-set.ts';
import type { SealedRows } from './seal-rows.ts';
import type { SlotBounds } from './seal-slot.ts';

/** The Merkle tree heads of the hours of a slot: of each hour's own facts, whatever became of them. */
export function hashHours(sealed: SealedRows, bounds: SlotBounds): HourSeal[] {
  const { facts } = sealed;
  const roles = new RoleByProfile(facts);
  const hasher = new FactHasher(facts);
  const rawProfiles = new Map<number, number>();
  const rawProfile = (row: number) => {
    const number = facts.profile[row] as number;
    let raw = rawProfiles.get(number);
    if (raw === undefined) {
      raw = facts.profiles.number(rawProfileText(facts.profiles.text(number)));
      rawProfiles.set(number, raw);
    }
    return raw;
  };
  const byHour = new Map<number, number[]>();
  for (const row of rawRows(sealed)) {
    const hour = Math.floor(((facts.times[row] as number) - bounds.dayStartMs) / HOUR_MS);
    // A copy that belongs to the neighbouring day is a leaf there.
    if (hour < bounds.from || hour >= bounds.to) continue;
    const rows = byHour.get(hour);
    if (rows === undefined) byHour.set(hour, [row]);
    else rows.push(row);
  }
  const judged = hashJudgements(sealed, bounds);
  return [...byHour]
    .sort(([a], [b]) => a - b)
    .map(([hour, rows]) => {
      const order = Uint32Array.from(rows).sort(
        (a, b) =>
          (facts.times[a] as number) - (facts.times[b] as number) ||
          facts.compareIds(a, b) ||
          roles.of(a) - roles.of(b),
      );
      const leaves = Buffer.allocUnsafe(order.length * HASH_BYTES);
      order.forEach((row, place) => {
        hasher.putLeaf(row, rawProfile(row), leaves, place * HASH_BYTES);
      });
      sortEqualRuns(facts, order, leaves, roles);
      return {
        hour,
        facts: order.length,
        factsRoot: merkleRoot(leaves).toString('base64url'),
        judgementsRoot: judged.get(hour) ?? EMPTY_ROOT,
      };
    });
}

const EMPTY_ROOT = merkleRoot(new Uint8Array()).toString('base64url');

/** The heads of the trees over the judgements of the rows that answers show, by hour; see `HourSeal`. */
function hashJudgements(sealed: SealedRows, bounds: SlotBounds): Map<number, string> {
  const { facts } = sealed;
  const roles = new RoleByProfile(facts);
  const hasJob = facts.judgements.texts.map((text) => text !== '' && judgedJobs(text).jobs.length > 0);
  const byHour = new Map<number, number[]>();
  for (const row of sealed.visible) {
    if (!hasJob[facts.judgement[row] as number]) continue;
    const hour = Math.floor(((facts.times[row] as number) - bounds.dayStartMs) / HOUR_MS);
    const rows = byHour.get(hour);
    if (rows === undefined) byHour.set(hour, [row]);
    else rows.push(row);
  }
  const hasher = new JudgementHasher(facts);
  return new Map(
    [...byHour].map(([hour, rows]) => {
      rows.sort(
        (a, b) =>
          (facts.times[a] as number) - (facts.times[b] as number) ||
          facts.compareIds(a, b) ||
          roles.of(a) - roles.of(b),
      );
      const leaves = Buffer.allocUnsafe(rows.length * HASH_BYTES);
      rows.forEach((row, place) => {
        hasher.putLeaf(row, roles.of(row), leaves, place * HASH_BYTES);
      });
      return [hour, merkleRoot(leaves).toString('base64url')];
    }),
  );
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
