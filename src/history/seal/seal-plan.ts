import type { Aliases } from '../../kms/alias-timeline.ts';
import type { Item, ItemKey } from '../../table/table.ts';
import type { OriginCounts } from '../append/append.ts';
import type { SegmentSources } from '../append/segment-stream.ts';
import type { ItemSource } from '../day/day-reader.ts';
import type { Correction, DayRoot } from '../day/day-root.ts';
import type { DayState } from '../day/day-state.ts';
import type { Evidence } from '../evidence/evidence-store.ts';
import type { DayAliases } from './day-aliases.ts';

/** What a seal would write, and the version to which it would move the day. */
export interface SealPlan {
  /** See `PlanInput.state`. */
  readonly state: DayState;
  readonly root: DayRoot;
  readonly rootName: string;
  readonly items: readonly Item[];
  readonly replaced: readonly ItemKey[];
  readonly counts: ReadonlyMap<string, OriginCounts>;
  /** What the day's records say of aliases that the evidence does not. */
  readonly newAliasFacts: Aliases;
  readonly corrections: readonly Correction[];
  /** Of every key and reference that the day has uses of. */
  readonly keyNames: readonly string[];
  /** Hours whose rows were judged anew, and whether that was by settled evidence alone. */
  readonly judgedHours: number;
  readonly isJudgedBySettled: boolean;
  /** Rows among those judged anew that are given no one job; counted for a seal only. */
  readonly unattributed: number;
  readonly rows: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
}

export interface PlanInput {
  readonly source: ItemSource;
  /** The state of the day, possibly with only some hours pending; see `partOfDay`. */
  readonly state: DayState;
  readonly previous?: DayRoot;
  readonly segments: SegmentSources;
  /** Hours that are pending and hours that are stale. */
  readonly hours: number;
  readonly aliases: DayAliases;
  readonly evidence: Evidence;
  readonly why: string;
  /** A plan for an answer is not hashed. */
  readonly purpose: 'seal' | 'answer';
}
