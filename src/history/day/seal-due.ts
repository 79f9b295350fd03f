import { DAY_MS, dayStart } from '../../utc-time.ts';
import { type DayState, isUnsettled } from './day-state.ts';

/**
 * How long after a day its last events come, but for stragglers: CloudTrail delivers within about 5 minutes on average,
 * and EventBridge sooner. What comes later is sealed the next time.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
const SETTLING_MS = 20 * 60_000;

/**
 * Whether a sealer that comes by has something to do for a day. One that goes on is not sealed: what is sealed again
 * is written again, and answers do not wait for it.
 * @param nowMs epoch milliseconds
 */
export function isSealDue(state: DayState, nowMs: number): boolean {
  return isUnsettled(state) && nowMs >= dayStart(state.day) + DAY_MS + SETTLING_MS;
}
