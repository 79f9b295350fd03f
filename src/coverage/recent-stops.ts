import { type SourceChange, stopsWatching } from '../cloudtrail/source-change.ts';
import { DAY_MS } from '../utc-time.ts';

/**
 * How many of some changes stop the watching and are news: log files of long ago tell of stops that nobody need get
 * up for.
 * @param nowMs epoch milliseconds
 */
export function recentStops(changes: readonly SourceChange[], nowMs: number): number {
  return changes.filter((change) => stopsWatching(change) && nowMs - change.timeMs < DAY_MS).length;
}
