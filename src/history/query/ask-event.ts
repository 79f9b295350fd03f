import { parseExtra } from '../facts/fact.ts';
import { idBytes, type RowSet } from '../facts/row-set.ts';
import { answerRows } from './ask-usage.ts';
import type { DayView } from './day-view.ts';
import { compareRows, type FoundRow, foundRow } from './found-rows.ts';
import type { HistoryView } from './history-view.ts';
import type { UsageRow } from './questions.ts';
import type { SourceReader } from './row-sources.ts';

/** Days asked at once: few enough that the newest are answered fast. */
const DAYS_AT_ONCE = 32;

/** The rows of one event, by its own id or that of a folded copy; days are looked through newest first. */
export async function askEvent(
  view: HistoryView,
  eventId: string,
  sources: SourceReader,
): Promise<readonly UsageRow[]> {
  const bytes = idBytes(eventId);
  const days = view.days().reverse();
  for (let start = 0; start < days.length; start += DAYS_AT_ONCE) {
    const some = await view.open(days.slice(start, start + DAYS_AT_ONCE));
    const found = (await Promise.all(some.map((day) => rowsOfEvent(day, eventId, bytes)))).flat();
    if (found.length > 0) return answerRows(view, found.sort(compareRows), sources);
  }
  return [];
}

async function rowsOfEvent(day: DayView, eventId: string, bytes: Uint8Array): Promise<FoundRow[]> {
  const names = await day.chunksOfEvent(bytes);
  const found: FoundRow[] = [];
  for (const set of (await day.chunks(names)).values()) {
    for (const row of rowsWithId(set, eventId)) found.push(foundRow(set, row));
  }
  return found;
}

function rowsWithId(set: RowSet, eventId: string): number[] {
  const hasCopy = set.extras.texts.map((text) => parseExtra(text).copies?.includes(eventId) === true);
  const rows: number[] = [];
  for (let row = 0; row < set.length; row++) {
    if (hasCopy[set.extra[row] as number] === true || set.eventId(row) === eventId) rows.push(row);
  }
  return rows;
}
