import type { HistoryView, JobKnowledge } from '../../history/query/history-view.ts';
import type { InspectedDay } from '../../history/query/inspected-day.ts';
import type { DetectionSettings } from './detection-settings.ts';
import type { DatedPair, FirstSeenIndex } from './first-seen-index.ts';
import type { WholeHistory } from './rule-context.ts';

/** What detection over one day reads. */
export interface DayDetectionInputs {
  readonly view: HistoryView;
  readonly day: InspectedDay;
  readonly knowledge: JobKnowledge;
  readonly seen: FirstSeenIndex;
  readonly whole: WholeHistory;
  /** Whose first use of a key was on the day, as the index had it before the rows were read. Empty for a preview. */
  readonly dated: readonly DatedPair[];
  /** Whether the first-seen index is brought up to date. A preview only reads it. */
  readonly records: boolean;
  readonly settings: DetectionSettings;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** The join is final for uses before this, epoch milliseconds. */
export function joinedBeforeMs({ nowMs, settings }: Pick<DayDetectionInputs, 'nowMs' | 'settings'>): number {
  return nowMs - settings.joinWaitMs;
}
