import { DAY_MS } from '../utc-time.ts';
import type { CurrentVersion } from './expectation-set.ts';

/** How long before its end an expectation warns. */
const WARNING_MS = 14 * DAY_MS;
/** After so long without need an expectation counts as stale. */
const STALE_MS = 90 * DAY_MS;

export const EXPECTATION_STATUSES = ['in-force', 'not-yet', 'ends-soon', 'ended', 'stale'] as const;

/** `stale`: in force, and needed by no use of the last 90 days, nor changed in them. `ends-soon`: within 14 days. */
export type ExpectationStatus = (typeof EXPECTATION_STATUSES)[number];

/**
 * The status of an expectation at a time.
 * @param lastNeededMs undefined if it was never needed
 */
export function expectationStatus(
  { expectation: { from, expires }, timeMs }: Pick<CurrentVersion, 'expectation' | 'timeMs'>,
  lastNeededMs: number | undefined,
  nowMs: number,
): ExpectationStatus {
  const fromMs = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
  const endMs = expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires);
  if (endMs <= nowMs) return 'ended';
  if (fromMs > nowMs) return 'not-yet';
  if (endMs - nowMs <= WARNING_MS) return 'ends-soon';
  const aliveMs = Math.max(fromMs, timeMs, lastNeededMs ?? Number.NEGATIVE_INFINITY);
  return nowMs - aliveMs >= STALE_MS ? 'stale' : 'in-force';
}
