import { type DayState, isUnsettled, pendingHours } from './day-state.ts';
import { DAY_MS, dayStart, HOUR_MS } from './names.ts';

/**
 * How long after an hour its last events come, but for stragglers: CloudTrail delivers within about 5 minutes on
 * average, and EventBridge sooner. Those that come later make the hour stale, and it is sealed again.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
const SETTLING_MS = 20 * 60_000;

/**
 * Whether a day is to be sealed now. What is sealed costs writing it once more for each time, so a day that goes on
 * waits until its oldest unsealed hour is some hours old; one that is over only until it has settled.
 * @param everyHours how old an hour of a day that goes on may become before it is sealed, from 1 to 24
 */
export function isDue(state: DayState, nowMs: number, everyHours: number): boolean {
  if (!isUnsettled(state)) return false;
  const startMs = dayStart(state.day);
  if (nowMs >= startMs + DAY_MS + SETTLING_MS) return true;
  const hours = pendingHours(state);
  // Only something to tell other days: it costs little, and they wait for it.
  if (hours === 0) return true;
  const oldest = 31 - Math.clz32(hours & -hours);
  return nowMs >= startMs + oldest * HOUR_MS + everyHours * HOUR_MS + SETTLING_MS;
}
