import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { ReadAlert } from '../store/alert-store.ts';
import type { DetectionInputs } from './detection-inputs.ts';
import type { DatedPair } from './first-seen-index.ts';
import { alertsBefore } from './reconcile-alerts.ts';

/** Days that are read before one view of the history is opened for all of them. */
const DAYS_IN_VIEW = 128;
/** Alerts that are kept at once for those days: an attacker can cause any number. */
const ALERTS_IN_VIEW = 20_000;
const READS_AT_A_TIME = 16;

/** What was read of a day before its rows. */
export interface ReadBefore {
  readonly alerts: ReadonlyMap<string, ReadAlert>;
  readonly dated: readonly DatedPair[];
}

/** Reads what must be known of the first of some days before their rows; `alertsBefore` says why. */
export async function readBefore(
  { table, seen }: Pick<DetectionInputs, 'table' | 'seen'>,
  days: readonly string[],
): Promise<Map<string, ReadBefore>> {
  const before = new Map<string, ReadBefore>();
  let alerts = 0;
  for (let start = 0; start < days.length && start < DAYS_IN_VIEW; start += READS_AT_A_TIME) {
    if (alerts > ALERTS_IN_VIEW) break;
    const some = days.slice(start, start + READS_AT_A_TIME);
    const read = new Map<string, ReadBefore>();
    await forEachConcurrently(some, READS_AT_A_TIME, async (day) => {
      read.set(day, { alerts: await alertsBefore(table, day), dated: await seen.datedPairs(day) });
    });
    for (const day of some) {
      const one = read.get(day);
      if (one === undefined) continue;
      before.set(day, one);
      alerts += one.alerts.size;
    }
  }
  return before;
}
