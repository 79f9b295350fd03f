import type { OriginCounts } from '../append/append.ts';
import { DESTINATION, RoleByProfile } from '../facts/row-roles.ts';
import { DISPOSITION } from './seal-input.ts';
import type { SealedRows } from './seal-rows.ts';

/** New raw rows of a slot: `[from, to)`, and for each who appended it. */
interface FreshRows {
  readonly from: number;
  readonly to: number;
  readonly origins: readonly string[];
}

/** Adds what became of new facts to the counts of who appended them. */
export function countOrigins(
  { facts, dispositions }: SealedRows,
  { from, to, origins }: FreshRows,
  counts: Map<string, OriginCounts>,
): void {
  const roles = new RoleByProfile(facts);
  for (let row = from; row < to; row++) {
    const disposition = dispositions[row] as number;
    if (disposition === DISPOSITION.boundary) continue;
    const origin = origins[row - from] ?? '';
    let count = counts.get(origin);
    if (count === undefined) {
      count = { fresh: 0, duplicate: 0, folded: 0, rows: 0 };
      counts.set(origin, count);
    }
    if (disposition === DISPOSITION.fresh) count.rows++;
    // A ReEncrypt is one record and two rows.
    if (roles.of(row) === DESTINATION) continue;
    if (disposition === DISPOSITION.fresh) count.fresh++;
    else if (disposition === DISPOSITION.folded) count.folded++;
    else count.duplicate++;
  }
}
