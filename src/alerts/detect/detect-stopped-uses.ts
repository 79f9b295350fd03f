import type { HistoryView } from '../../history/query/history-view.ts';
import { inspectDays, type PairUse } from '../../history/query/inspected-day.ts';
import { contentName } from '../../table/content-name.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';
import type { Finding } from '../finding.ts';
import { alertIdOf } from '../subject.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { EvidenceTally } from './evidence-tally.ts';
import { daysOfStop, findStoppedUses, type StoppedUse } from './find-stopped-uses.ts';
import { countsAsSeen, subjectOfPair } from './pair.ts';

/** The short names of the pairs of a day that only read about the key on it. */
export type IdlePairs = (day: string) => readonly string[];

/** The short name of a pair, to note it with a day. */
export function shortNameOf(keyName: string, principalId: string): string {
  return contentName(Buffer.from(`${keyName}\n${principalId}`)).slice(0, 12);
}

/** The id of the alert about a pair that has stopped. */
export function stoppedIdOf(pair: { readonly keyName: string; readonly principalId: string }): string {
  return alertIdOf('use-stopped', subjectOfPair(pair));
}

/**
 * Finds who had stopped using a key by the end of a day, whatever came later.
 * @param day the last of the silent days; it must be over
 */
export async function stoppedUsesOn(
  view: HistoryView,
  day: string,
  settings: DetectionSettings['useStopped'],
  idle: IdlePairs,
): Promise<StoppedUse[]> {
  const end = dayStart(day) + DAY_MS;
  const length = daysOfStop(settings);
  const days = Array.from({ length }, (_, place) => dayOf(end - (length - place) * DAY_MS));
  return findStoppedUses(await usesOfDays(view, days, idle), days, settings);
}

/** By pair, the last of some days on which it was used; pairs that were not are left out. */
export async function lastDaysOf(
  view: HistoryView,
  pairs: ReadonlySet<string>,
  days: readonly string[],
  idle: IdlePairs,
): Promise<ReadonlyMap<string, string>> {
  const last = new Map<string, string>();
  for (const day of days.toReversed()) {
    if (last.size === pairs.size) break;
    for (const uses of (await usesOfDays(view, [day], idle)).values()) {
      for (const { keyName, principalId } of uses) {
        const name = `${keyName}\n${principalId ?? ''}`;
        if (pairs.has(name) && !last.has(name)) last.set(name, day);
      }
    }
  }
  return last;
}

/** The findings about principals that have stopped using a key. @param day the last of the silent days */
export async function findingsOfStopped(
  view: HistoryView,
  day: string,
  stopped: readonly StoppedUse[],
): Promise<Finding[]> {
  if (stopped.length === 0) return [];
  const trueMs = dayStart(day) + DAY_MS;
  const tallies = await lastUses(view, stopped);
  return stopped.flatMap((one): Finding[] => {
    const evidence = tallies.get(one)?.evidence();
    if (evidence === undefined) return [];
    const subject = subjectOfPair(one);
    const details = [`Its last use was on ${one.lastDay}.`];
    return [{ rule: 'use-stopped', subject, evidence: { ...evidence, details }, trueMs }];
  });
}

async function usesOfDays(
  view: HistoryView,
  days: readonly string[],
  idle: IdlePairs,
): Promise<Map<string, readonly PairUse[]>> {
  const opened = await inspectDays(view, days);
  return new Map(
    await Promise.all(opened.map(async (one) => [one.day, await usedPairs(one, idle(one.day))] as const)),
  );
}

async function usedPairs(
  day: { pairUses(): Promise<readonly PairUse[]> },
  idle: readonly string[],
): Promise<readonly PairUse[]> {
  const uses = await day.pairUses();
  if (idle.length === 0) return uses;
  const names = new Set(idle);
  return uses.filter(({ keyName, principalId }) => !names.has(shortNameOf(keyName, principalId ?? '')));
}

/** Tallies the last use of each: the evidence of the finding. */
async function lastUses(
  view: HistoryView,
  stopped: readonly StoppedUse[],
): Promise<ReadonlyMap<StoppedUse, EvidenceTally>> {
  const last = new Map<string, { readonly one: StoppedUse; tally: EvidenceTally; lastMs: number }>();
  for (const one of stopped)
    last.set(`${one.keyName}\n${one.principalId}`, { one, tally: new EvidenceTally(), lastMs: 0 });
  for (const day of await inspectDays(view, [...new Set(stopped.map(({ lastDay }) => lastDay))])) {
    for await (const { length, times, use } of day.rows()) {
      for (let row = 0; row < length; row++) {
        use.row = row;
        const known = last.get(`${use.keyName}\n${use.principal.id ?? ''}`);
        const timeMs = times[row] as number;
        if (known === undefined || timeMs < known.lastMs || !countsAsSeen(use)) continue;
        if (timeMs > known.lastMs) known.tally = new EvidenceTally();
        known.lastMs = timeMs;
        known.tally.add(timeMs, { eventId: use.eventId });
      }
    }
  }
  return new Map([...last.values()].map(({ one, tally }) => [one, tally]));
}
