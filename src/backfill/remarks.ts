import { DAY_MS, isoTime } from '../utc-time.ts';
import { EVENT_HISTORY_MS, isRead, type Reach, SETTLING_MS } from './reach.ts';

/**
 * What the user should know about how far sources were read, one sentence each.
 * @param hasReadAll whether everything was read that there is so far
 */
export function remarksOn(reaches: readonly Reach[], hasReadAll: boolean): string[] {
  const remarks: string[] = [];
  const unreadMs = Math.max(...reaches.map((reach) => reach.unreadMs ?? Number.NEGATIVE_INFINITY));
  if (Number.isFinite(unreadMs)) {
    remarks.push(
      `CloudTrail keeps events for ${EVENT_HISTORY_MS / DAY_MS} days, so those before ${isoTime(unreadMs)} cannot be looked up; import the trail's log files of that time.`,
    );
  }
  const [unsettled] = reaches.filter((reach) => !isRead(reach)).sort((a, b) => a.readMs - b.readMs);
  if (hasReadAll && unsettled !== undefined) {
    remarks.push(
      `Events since ${isoTime(unsettled.readMs)} may still be on their way to CloudTrail; do the same again after ${isoTime(unsettled.toMs + SETTLING_MS)} to have them all.`,
    );
  }
  return remarks;
}
