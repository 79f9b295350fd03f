import type { PairUse } from '../../history/query/inspected-day.ts';
import { accountOfKeyArn, regionOfKeyArn } from '../../kms/key-arn.ts';
import { DAY_MS, dayStart, HOUR_MS } from '../../utc-time.ts';
import { isAwsPrincipal } from './aws-principal.ts';
import type { DetectionSettings } from './detection-settings.ts';

const EVENING_MS = 6 * HOUR_MS;

/** A principal that has stopped using a key. */
export interface StoppedUse {
  readonly keyName: string;
  readonly principalId: string;
  /** The day of its last use. */
  readonly lastDay: string;
  /** Epoch milliseconds. */
  readonly lastMs: number;
}

/**
 * Finds principals that used a key on most of some days and then on none of the silent days. A principal that missed several
 * of those days may only pause again: its silence must last a day longer for each missed day but one. Every silent day must
 * have uses in the key's account and Region, and the last one must have some until its evening: where nothing was recorded,
 * nothing is known to have stopped.
 * @param usesByDay who used which key; a day without uses may be missing
 * @param days as many as `daysOfStop`, in order and without gaps; the last of them is the last silent day
 */
export function findStoppedUses(
  usesByDay: ReadonlyMap<string, readonly PairUse[]>,
  days: readonly string[],
  settings: DetectionSettings['useStopped'],
): StoppedUse[] {
  const evening = dayStart(days.at(-1) ?? '') + DAY_MS - EVENING_MS;
  const places = days.map((day, nth) =>
    placesOf(usesByDay.get(day) ?? [], nth === days.length - 1 ? evening : 0),
  );
  const usedOn = new Map<string, number[]>();
  for (const [nth, day] of days.entries()) {
    for (const name of pairsOf(usesByDay.get(day) ?? [])) {
      const known = usedOn.get(name);
      if (known === undefined) usedOn.set(name, [nth]);
      else known.push(nth);
    }
  }
  const stopped: StoppedUse[] = [];
  for (const [nth, lastDay] of days.entries()) {
    const silentDays = days.length - 1 - nth;
    if (silentDays < settings.silentDays) break;
    for (const { keyName, principalId, lastMs } of lastUses(usesByDay.get(lastDay) ?? [])) {
      const used = usedOn.get(`${keyName}\n${principalId}`) ?? [];
      if (keyName.startsWith('none:') || used.at(-1) !== nth) continue;
      if (silenceThatTells(used, settings) !== silentDays) continue;
      if (places.slice(nth + 1).every((ofDay) => ofDay.has(placeOf(keyName))))
        stopped.push({ keyName, principalId, lastDay, lastMs });
    }
  }
  return stopped;
}

/** How many days it takes to see that a principal has stopped, the days of use before among them. */
export function daysOfStop({ usedDays, ofDays, silentDays }: DetectionSettings['useStopped']): number {
  return ofDays + silentDays + Math.max(0, ofDays - usedDays - 1);
}

/**
 * After how many silent days a principal has stopped; undefined when it used the key too seldom.
 * @param used the places of the days with a use, in order; the last one is the day of the last use
 */
function silenceThatTells(
  used: readonly number[],
  { usedDays, ofDays, silentDays }: DetectionSettings['useStopped'],
): number | undefined {
  const last = used.at(-1) ?? 0;
  const habit = used.filter((nth) => nth > last - ofDays);
  if (habit.length < usedDays) return undefined;
  const missedDays = last - (habit[0] ?? last) + 1 - habit.length;
  return silentDays + Math.max(0, missedDays - 1);
}

/** By the uses of a day: the same day is looked at for each of the days after it. */
const pairsOfDays = new WeakMap<readonly PairUse[], readonly string[]>();

function pairsOf(uses: readonly PairUse[]): readonly string[] {
  const known = pairsOfDays.get(uses);
  if (known !== undefined) return known;
  const pairs = [...new Set(uses.map(({ keyName, principalId }) => `${keyName}\n${principalId ?? ''}`))];
  pairsOfDays.set(uses, pairs);
  return pairs;
}

/** The last use of each key by each principal. A principal may occur with several types or accounts. */
function lastUses(uses: readonly PairUse[]): { keyName: string; principalId: string; lastMs: number }[] {
  const last = new Map<string, { keyName: string; principalId: string; lastMs: number }>();
  for (const { keyName, principalId, lastMs } of uses) {
    if (principalId === null || isAwsPrincipal(principalId)) continue;
    const name = `${keyName}\n${principalId}`;
    last.set(name, { keyName, principalId, lastMs: Math.max(lastMs, last.get(name)?.lastMs ?? 0) });
  }
  return [...last.values()];
}

/** The accounts and Regions that have a use at `fromMs` or later. */
function placesOf(uses: readonly PairUse[], fromMs: number): ReadonlySet<string> {
  return new Set(uses.filter(({ lastMs }) => lastMs >= fromMs).map(({ keyName }) => placeOf(keyName)));
}

function placeOf(keyName: string): string {
  if (keyName.startsWith('arn:')) return `${accountOfKeyArn(keyName)}/${regionOfKeyArn(keyName)}`;
  return keyName.split(':')[1]?.split('/').slice(0, 2).join('/') ?? '';
}
