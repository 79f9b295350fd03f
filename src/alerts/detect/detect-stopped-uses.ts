import type { HistoryView } from '../../history/query/history-view.ts';
import { inspectDays } from '../../history/query/inspected-day.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { EvidenceTally } from './evidence-tally.ts';
import { findStoppedUses, type StoppedUse } from './find-stopped-uses.ts';
import { subjectOfPair } from './pair.ts';

/**
 * Finds who has stopped using a key.
 * @param day the last of the silent days; it must be over
 */
export async function detectStoppedUses(
  view: HistoryView,
  day: string,
  settings: DetectionSettings['useStopped'],
): Promise<Finding[]> {
  const end = dayStart(day) + DAY_MS;
  const length = settings.ofDays + settings.silentDays;
  const days = Array.from({ length }, (_, place) => dayOf(end - (length - place) * DAY_MS));
  const opened = await inspectDays(view, days);
  const byDay = new Map(
    await Promise.all(opened.map(async (one) => [one.day, await one.pairUses()] as const)),
  );
  const stopped = findStoppedUses(byDay, days, settings);
  const tallies = await lastUses(view, stopped);
  return stopped.flatMap((one): Finding[] => {
    const evidence = tallies.get(one)?.evidence();
    if (evidence === undefined) return [];
    const subject = subjectOfPair(one);
    const details = [`Its last use was on ${one.lastDay}.`];
    return [{ rule: 'use-stopped', subject, evidence: { ...evidence, details }, trueMs: end }];
  });
}

/** Tallies the last use of each: the evidence of the finding. */
async function lastUses(
  view: HistoryView,
  stopped: readonly StoppedUse[],
): Promise<ReadonlyMap<StoppedUse, EvidenceTally>> {
  const tallies = new Map(stopped.map((one) => [one, new EvidenceTally()]));
  const byName = new Map(stopped.map((one) => [`${one.keyName}\n${one.principalId}`, one]));
  for (const day of await inspectDays(view, [...new Set(stopped.map(({ lastDay }) => lastDay))])) {
    for await (const { length, times, use } of day.rows()) {
      for (let row = 0; row < length; row++) {
        use.row = row;
        const one = byName.get(`${use.keyName}\n${use.principal.id ?? ''}`);
        if (one === undefined || times[row] !== one.lastMs) continue;
        tallies.get(one)?.add(one.lastMs, { eventId: use.eventId });
      }
    }
  }
  return tallies;
}
