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
 * Finds principals that used a key on most of some days and on none of the silent days after them. Every silent day must
 * have uses in the key's account and Region, and the last one must have some until its evening: where nothing was
 * recorded, nothing is known to have stopped.
 * @param usesByDay who used which key; a day without uses may be missing
 * @param days in order and without gaps: the days of use, then the silent days
 */
export function findStoppedUses(
  usesByDay: ReadonlyMap<string, readonly PairUse[]>,
  days: readonly string[],
  { usedDays, silentDays }: DetectionSettings['useStopped'],
): StoppedUse[] {
  const silent = days.slice(-silentDays).map((day) => usesByDay.get(day) ?? []);
  const used = days.slice(0, -silentDays);
  const lastDay = used.at(-1) ?? '';
  const since = new Set(silent.flatMap(pairsOf));
  const evening = dayStart(days.at(-1) ?? '') + DAY_MS - EVENING_MS;
  const places = silent.map((uses, back) => placesOf(uses, back === silentDays - 1 ? evening : 0));
  const habits = new Map<string, Habit>();
  for (const [place, day] of used.entries()) {
    for (const name of pairsOf(usesByDay.get(day) ?? [])) {
      const habit = habits.get(name);
      if (habit === undefined) habits.set(name, { days: 1, last: place, longestPause: 0 });
      else {
        habit.days++;
        habit.longestPause = Math.max(habit.longestPause, place - habit.last - 1);
        habit.last = place;
      }
    }
  }
  const stopped: StoppedUse[] = [];
  for (const { keyName, principalId, lastMs } of lastUses(usesByDay.get(lastDay) ?? [])) {
    if (keyName.startsWith('none:')) continue;
    if (!places.every((ofDay) => ofDay.has(placeOf(keyName)))) continue;
    const name = `${keyName}\n${principalId}`;
    const habit = habits.get(name);
    if (since.has(name) || habit === undefined || habit.days < usedDays) continue;
    // A principal whose pauses are often this long has not stopped.
    if (habit.longestPause >= silentDays - 1) continue;
    stopped.push({ keyName, principalId, lastDay, lastMs });
  }
  return stopped;
}

/** How one principal used one key over some days. */
interface Habit {
  /** Days with a use. */
  days: number;
  /** The place of the last of them in the list of days. */
  last: number;
  /** The most days in a row without a use. */
  longestPause: number;
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
