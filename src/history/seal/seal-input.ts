import type { KeyArn } from '../../kms/key-use.ts';
import type { Profile } from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';

/** Where a raw fact came from and what became of it; see `SealedRows.dispositions`. */
export const DISPOSITION = { known: 0, fresh: 1, duplicate: 2, folded: 3, boundary: 4 } as const;

export interface SealInput {
  /** Raw facts: first those the history had, then new ones, then boundary rows. Rows may be appended. */
  readonly facts: RowSet;
  /** Rows `[0, known)` were in the history before. */
  readonly known: number;
  /** Rows `[boundary, length)` lie in another slot and are here to be compared only. */
  readonly boundary: number;
  /** So many of the boundary rows, the first, were in the history before. */
  readonly knownBoundary: number;
  /** The slot: from inclusive, to exclusive, epoch milliseconds. Facts outside are boundary rows too. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The key that an unresolved reference of this profile meant at a time. */
  readonly resolve: (profile: Profile, timeMs: number) => KeyArn | undefined;
}

/** Whether a row lies in the slot by place and time, so that it may be shown there. */
export function isInSlot({ facts, boundary, fromMs, toMs }: SealInput, row: number): boolean {
  const timeMs = facts.times[row] as number;
  return row < boundary && timeMs >= fromMs && timeMs < toMs;
}

/** Whether a fact that is not shown is the slot's to keep. */
export function isKeptBySlot({ boundary }: SealInput, row: number): boolean {
  return row < boundary;
}
