import { DAY_MS, dayStart } from '../../utc-time.ts';
import { type DayState, isUnsettled } from './day-state.ts';

/**
 * How long after its end a day is sealed. CloudTrail delivers within about 5 minutes on average, EventBridge sooner.
 * Later events are sealed by a later run.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
const SETTLING_MS = 20 * 60_000;

/**
 * Whether a scheduled sealer should seal a day now. It leaves a day that still goes on: sealing it again would write its
 * items again, and answers do not need it.
 * @param nowMs epoch milliseconds
 */
export function isSealDue(state: DayState, nowMs: number): boolean {
  return isUnsettled(state) && nowMs >= dayStart(state.day) + DAY_MS + SETTLING_MS;
}
