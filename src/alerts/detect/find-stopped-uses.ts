import type { DayDirectory } from '../../history/pages/day-directory.ts';
import { accountOfKeyArn, regionOfKeyArn } from '../../history/query/usage-filter.ts';
import { DAY_MS, dayStart, HOUR_MS } from '../../utc-time.ts';
import { isOfAws } from './surroundings.ts';
import type { WatchSettings } from './watch-settings.ts';

const EVENING_MS = 6 * HOUR_MS;

/** A principal that has stopped using a key. */
export interface StoppedUse {
  readonly partition: string;
  readonly principalId: string;
  /** The day of its last use. */
  readonly lastDay: string;
  /** Epoch milliseconds. */
  readonly lastMs: number;
}

/**
 * Who used a key on most of some days, and on none of the days after, of which the last is the day asked about. Only
 * where every silent day has uses in the key's account and Region, the last one until its evening: where nothing was
 * recorded, nothing is known to have stopped.
 * @param directories who used which key, by day, for the days that have any use
 * @param days the days in order, without a gap: those of use, then the silent ones
 */
export function findStoppedUses(
  directories: ReadonlyMap<string, DayDirectory>,
  days: readonly string[],
  { usedDays, silentDays }: WatchSettings['useStopped'],
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
  for (const { partition, uses } of directory?.keys ?? []) {
    if (partition.startsWith('none:')) continue;
    if (!places.every((ofDay) => ofDay.has(placeOf(partition)))) continue;
    const byPrincipal = new Map<string, number>();
    for (const { principal, lastMs } of uses) {
      const id = directory?.principals[principal]?.[0];
      if (typeof id === 'string' && !isOfAws(id))
        byPrincipal.set(id, Math.max(lastMs, byPrincipal.get(id) ?? 0));
    }
    for (const [principalId, lastMs] of byPrincipal) {
      const name = `${partition}\n${principalId}`;
      const habit = habits.get(name);
      if (since.has(name) || habit === undefined || habit.days < usedDays) continue;
      // Who pauses as long every so often has not stopped.
      if (habit.longestPause >= silentDays - 1) continue;
      stopped.push({ partition, principalId, lastDay, lastMs });
    }
  }
  return stopped;
}

/** On how many days a key was used, and for how many in a row it was not. Days by their place. */
interface Habit {
  days: number;
  last: number;
  longestPause: number;
}

/** Each day is one of those before many others. */
const pairsOfDirectories = new WeakMap<DayDirectory, readonly string[]>();

function pairsOf(directory: DayDirectory): readonly string[] {
  const known = pairsOfDirectories.get(directory);
  if (known !== undefined) return known;
  const { principals, keys } = directory;
  const pairs = new Set(
    keys.flatMap(({ partition, uses }) =>
      uses.map(({ principal }) => `${partition}\n${principals[principal]?.[0] ?? ''}`),
    ),
  );
  const list = [...pairs];
  pairsOfDirectories.set(directory, list);
  return list;
}

/** The accounts and Regions that have uses, the last one at a time or after it. */
function placesOf(directory: DayDirectory | undefined, untilMs: number): ReadonlySet<string> {
  const keys = directory?.keys.filter(({ uses }) => uses.some(({ lastMs }) => lastMs >= untilMs));
  return new Set(keys?.map(({ partition }) => placeOf(partition)));
}

function placeOf(partition: string): string {
  if (partition.startsWith('arn:')) return `${accountOfKeyArn(partition)}/${regionOfKeyArn(partition)}`;
  return partition.split(':')[1]?.split('/').slice(0, 2).join('/') ?? '';
}
