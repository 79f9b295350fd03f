import { type DayState, isUnsettled } from './day-state.ts';
import { DAY_MS, dayStart } from './names.ts';

/**
 * How long after a day its last events come, but for stragglers: CloudTrail delivers within about 5 minutes on average,
 * and EventBridge sooner. What comes later is sealed the next time.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
const SETTLING_MS = 20 * 60_000;

/**
 * Whether a sealer that comes by has something to do for a day: not for one that has just ended, which would be sealed
 * for good a little later. What is sealed again is written again, so how often it comes by is what it costs.
 * @param nowMs epoch milliseconds
 */
export function isDue(state: DayState, nowMs: number): boolean {
  const endMs = dayStart(state.day) + DAY_MS;
  return isUnsettled(state) && (nowMs < endMs || nowMs >= endMs + SETTLING_MS);
}
