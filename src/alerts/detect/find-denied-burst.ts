import type { DetectionSettings } from './detection-settings.ts';
import { EvidenceTally } from './evidence-tally.ts';
import type { Denied } from './pair.ts';

/**
 * Tallies the denied attempts of a day that belong to a burst: `count` attempts within `withinMs`.
 * @param before attempts shortly before the day began
 */
export function findDeniedBurst(
  denied: readonly Denied[],
  before: readonly Denied[],
  { count, withinMs }: DetectionSettings['deniedBurst'],
): EvidenceTally {
  const all = [...before, ...denied].sort((a, b) => a.timeMs - b.timeMs);
  const burst = new EvidenceTally();
  const ofDay = new Set(denied);
  for (let at = 0, next = 0; next + count <= all.length; next++) {
    const last = all[next + count - 1] as Denied;
    if (last.timeMs - (all[next] as Denied).timeMs > withinMs) continue;
    for (at = Math.max(at, next); at < next + count; at++) {
      const one = all[at] as Denied;
      if (ofDay.has(one)) burst.add(one.timeMs, one);
    }
  }
  return burst;
}
