import type { DayDirectory } from '../../history/pages/day-directory.ts';
import { accountOfKeyArn, regionOfKeyArn } from '../../kms/key-arn.ts';
import { DAY_MS, dayStart, HOUR_MS } from '../../utc-time.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { isAwsPrincipal } from './rule-context.ts';

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
 * @param directories by day, who used which key; a day without uses may be missing
 * @param days in order and without gaps: the days of use, then the silent days
 */
export function findStoppedUses(
  directories: ReadonlyMap<string, DayDirectory>,
  days: readonly string[],
  { usedDays, silentDays }: DetectionSettings['useStopped'],
): StoppedUse[] {
  const silent = days.slice(-silentDays).map((day) => directories.get(day));
  const used = days.slice(0, -silentDays);
  const lastDay = used.at(-1) ?? '';
  const since = new Set(silent.flatMap((directory) => (directory === undefined ? [] : pairsOf(directory))));
  const evening = dayStart(days.at(-1) ?? '') + DAY_MS - EVENING_MS;
  const places = silent.map((directory, back) => placesOf(directory, back === silentDays - 1 ? evening : 0));
  const habits = new Map<string, Habit>();
  for (const [place, day] of used.entries()) {
    const directory = directories.get(day);
    for (const name of directory === undefined ? [] : pairsOf(directory)) {
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
  const directory = directories.get(lastDay);
  for (const { keyName, uses } of directory?.keys ?? []) {
    if (keyName.startsWith('none:')) continue;
    if (!places.every((ofDay) => ofDay.has(placeOf(keyName)))) continue;
    const byPrincipal = new Map<string, number>();
    for (const { principal, lastMs } of uses) {
      const id = directory?.principals[principal]?.[0];
      if (typeof id === 'string' && !isAwsPrincipal(id))
        byPrincipal.set(id, Math.max(lastMs, byPrincipal.get(id) ?? 0));
    }
    for (const [principalId, lastMs] of byPrincipal) {
      const name = `${keyName}\n${principalId}`;
      const habit = habits.get(name);
      if (since.has(name) || habit === undefined || habit.days < usedDays) continue;
      // A principal whose pauses are often this long has not stopped.
      if (habit.longestPause >= silentDays - 1) continue;
      stopped.push({ keyName, principalId, lastDay, lastMs });
    }
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

/** By directory: the same day is looked at for each of the days after it. */
const pairsOfDirectories = new WeakMap<DayDirectory, readonly string[]>();

function pairsOf(directory: DayDirectory): readonly string[] {
  const known = pairsOfDirectories.get(directory);
  if (known !== undefined) return known;
  const { principals, keys } = directory;
  const pairs = new Set(
    keys.flatMap(({ keyName, uses }) =>
      uses.map(({ principal }) => `${keyName}\n${principals[principal]?.[0] ?? ''}`),
    ),
  );
  const list = [...pairs];
  pairsOfDirectories.set(directory, list);
  return list;
}

/** The accounts and Regions that have a use at `fromMs` or later. */
function placesOf(directory: DayDirectory | undefined, fromMs: number): ReadonlySet<string> {
  const keys = directory?.keys.filter(({ uses }) => uses.some(({ lastMs }) => lastMs >= fromMs));
  return new Set(keys?.map(({ keyName }) => placeOf(keyName)));
}

function placeOf(keyName: string): string {
  if (keyName.startsWith('arn:')) return `${accountOfKeyArn(keyName)}/${regionOfKeyArn(keyName)}`;
  return keyName.split(':')[1]?.split('/').slice(0, 2).join('/') ?? '';
}
