import type { ExpectationJudge } from '../../expectations/verdict.ts';
import type { PendingBytes } from '../../history/day/day-state.ts';
import type { History } from '../../history/query/history.ts';
import type { Table } from '../../table/table.ts';
import type { DetectionSettings } from './detection-settings.ts';
import type { FirstSeenIndex } from './first-seen-index.ts';

/** What a detection reads and writes. */
export interface DetectionInputs {
  readonly table: Table;
  readonly history: History;
  /** Who was seen on which key; kept from run to run. */
  readonly seen: FirstSeenIndex;
  /** The current expectations, after the facts about jobs were brought up to date. */
  readonly expectations: () => Promise<ExpectationJudge>;
  /** Records when expectations were last needed: by id, epoch milliseconds. */
  readonly recordNeeded: (needed: ReadonlyMap<string, number>) => Promise<void>;
  readonly settings: DetectionSettings;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface DetectionOptions {
  /** Asked before each day that is checked. The days that are left wait for the next run. */
  readonly mayContinue?: () => Promise<boolean>;
  readonly onDay?: (day: string) => void;
  /** Whether to close the open generation of a day that was checked; `isGrown` by default. */
  readonly isToBeClosed?: (pending: PendingBytes) => boolean;
  /** Called with the ids of alerts as they change. */
  readonly onAlerts?: (ids: readonly string[]) => Promise<void>;
}

/** What a detection did. */
export interface DetectionResult {
  /** How many days were checked. */
  readonly days: number;
  /** Ids of the alerts that changed. */
  readonly alerts: ReadonlySet<string>;
  /** False when it was stopped before its end. */
  readonly isComplete: boolean;
}
