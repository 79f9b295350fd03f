import { type SourceChange, stopsWatching } from '../cloudtrail/source-change.ts';
import { DAY_MS } from '../utc-time.ts';

/**
 * The number of changes of the last day that stop a source. Older ones, from old log files, need no alarm.
 * @param nowMs epoch milliseconds
 */
export function recentStops(changes: readonly SourceChange[], nowMs: number): number {
  return changes.filter((change) => stopsWatching(change) && nowMs - change.timeMs < DAY_MS).length;
}
