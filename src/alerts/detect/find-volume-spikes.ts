import type { HistoryView } from '../../history/query/history-view.ts';
import { hourlyUses } from '../../history/query/inspected-day.ts';
import { DAY_MS, dayStart } from '../../utc-time.ts';
import type { DetectionSettings } from './detection-settings.ts';
import type { Pair } from './pair.ts';

/** An hour in which a principal used a key far more often than usual. */
export interface Spike {
  readonly pair: Pair;
  readonly hour: number;
  /** The mean number of uses of the hours it was compared with. */
  readonly usual: number;
}

/**
 * Finds the hours of a day in which a principal used a key, for no job, far more often than in its usual hour. The usual
 * hour is the mean over the hours with any use on some days before. A principal without such hours is new on the key;
 * other rules find that.
 */
export async function findVolumeSpikes(
  view: HistoryView,
  day: string,
  pairs: Iterable<Pair>,
  { factor, moreThan, lookBackDays }: DetectionSettings['volumeSpike'],
): Promise<Spike[]> {
  const busy = [...pairs].filter(({ hours }) => hours.some((count) => count > moreThan));
  if (busy.length === 0) return [];
  const start = dayStart(day);
  const before = view.days(start - lookBackDays * DAY_MS, start).filter((one) => one < day);
  const usual = await usualHours(view, before, busy);
  const spikes: Spike[] = [];
  for (const pair of busy) {
    const mean = usual.get(pair);
    if (mean === undefined) continue;
    for (const [hour, count] of pair.hours.entries()) {
      if (count > moreThan && count > factor * mean) spikes.push({ pair, hour, usual: mean });
    }
  }
  return spikes;
}

function nameOf({ keyName, principalId }: Pair): string {
  return `${keyName}\n${principalId}`;
}

async function usualHours(
  view: HistoryView,
  days: readonly string[],
  suspects: readonly Pair[],
): Promise<Map<Pair, number>> {
  const keyNames = [...new Set(suspects.map(({ keyName }) => keyName))];
  const hours = new Map<string, Map<string, number>>();
  for (const { keyName, principalId, day, hour, count } of await hourlyUses(view, keyNames, days)) {
    const name = `${keyName}\n${principalId ?? ''}`;
    const ofPair = hours.get(name) ?? new Map<string, number>();
    hours.set(name, ofPair);
    const at = `${day} ${hour}`;
    ofPair.set(at, (ofPair.get(at) ?? 0) + count);
  }
  const means = new Map<Pair, number>();
  for (const pair of suspects) {
    const ofPair = hours.get(nameOf(pair));
    if (ofPair === undefined) continue;
    const sum = [...ofPair.values()].reduce((total, count) => total + count, 0);
    means.set(pair, sum / ofPair.size);
  }
  return means;
}
