import type { Item, ItemKey } from '../../table/table.ts';
import type { SegmentSources } from '../append/segment-stream.ts';
import type { ItemSource } from '../day/day-reader.ts';
import type { ChunkRef, Correction, DayRoot, Slot } from '../day/day-root.ts';
import type { DayState, UntoldAlias } from '../day/day-state.ts';
import type { AliasBook } from '../evidence/alias-book.ts';
import type { Evidence } from '../evidence/evidence-book.ts';
import type { SealedSlot } from './seal-slot.ts';

/** What became of the records that one import brought. */
export interface OriginCounts {
  /** KMS records that are new to the history, already in it, or second copies; rows that the new ones made. */
  fresh: number;
  duplicate: number;
  folded: number;
  rows: number;
}

/** What a seal would write and how it would move the day; nothing is written yet. */
export interface SealPlan {
  /** What it was made of; see `PlanInput.state`. */
  readonly state: DayState;
  readonly aliasBook: AliasBook;
  readonly root: DayRoot;
  readonly rootName: string;
  readonly items: readonly Item[];
  readonly replaced: readonly ItemKey[];
  readonly counts: ReadonlyMap<string, OriginCounts>;
  /** Aliases of which the day's records tell other days something else than before. */
  readonly changedAliases: readonly UntoldAlias[];
  /** Aliases that uses of the day only name. */
  readonly references: readonly string[];
  readonly corrections: readonly Correction[];
  readonly partitions: readonly string[];
  /** Hours whose rows were judged anew, and whether that was by settled evidence alone. */
  readonly judgedHours: number;
  readonly isJudgedBySettled: boolean;
  /** Of the rows that were judged anew those given no one job; counted for a seal only. */
  readonly unattributed: number;
  readonly rows: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
}

export interface PlanInput {
  readonly source: ItemSource;
  /** As it is, or with no more pending than is to be sealed now. */
  readonly state: DayState;
  readonly previous?: DayRoot;
  readonly segments: SegmentSources;
  /** Hours that are pending and hours that are stale. */
  readonly hours: number;
  readonly aliases: AliasBook;
  readonly evidence: Evidence;
  readonly why: string;
  /** What is planned for an answer is not hashed. */
  readonly purpose: 'seal' | 'answer';
}

/** A stretch of the day on its way into the new root: kept as it was, or made anew. */
export type Piece =
  | { readonly kind: 'kept'; readonly slot: Slot }
  | {
      readonly kind: 'made';
      readonly slot: SealedSlot;
      readonly names: readonly ChunkRef[];
      /** See `SlotTies.asked`. */
      readonly asked: readonly string[];
    };

export function boundsOf(piece: Piece): [number, number] {
  return [piece.slot.from, piece.slot.to];
}

export function chunksOf(piece: Piece): readonly ChunkRef[] {
  return piece.kind === 'kept' ? piece.slot.chunks : piece.names;
}
