import { readDays } from '../history/day/day-state.ts';
import { lateEventsOf } from '../history/seal/expire-day.ts';
import type { Table } from '../table/table.ts';

/** How many of the KMS events of an import came to days that had expired, and are not shown. */
export async function countLateEvents(table: Table, origin: string): Promise<number> {
  let events = 0;
  for (const state of await readDays(table)) {
    if (state.expired === undefined) continue;
    const open = Number.POSITIVE_INFINITY;
    events += (await lateEventsOf(table, { ...state, open })).get(origin) ?? 0;
  }
  return events;
}
