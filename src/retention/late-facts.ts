import { shardPks } from '../history/append/write-shards.ts';
import { type DayState, readDays } from '../history/day/day-state.ts';
import { decodeRows } from '../history/facts/row-block.ts';
import { DESTINATION, RoleByProfile } from '../history/facts/row-roles.ts';
import type { Item, Table } from '../table/table.ts';
import { DAY_MS, dayStart } from '../utc-time.ts';

/**
 * How many KMS events are in the closed generations of an expired day, by origin. An event of two batches is counted
 * twice: only a seal finds duplicates, and an expired day is not sealed.
 */
export async function lateEventsOf(table: Table, state: DayState): Promise<Map<string, number>> {
  const events = new Map<string, number>();
  const startMs = dayStart(state.day);
  const closed = Object.keys(state.pending).map(Number);
  for (const pk of closed.filter((one) => one < state.open).flatMap((one) => shardPks(state, one))) {
    for (const segment of await table.query(pk)) {
      const origin = String(segment.fields?.['origin'] ?? '');
      events.set(origin, (events.get(origin) ?? 0) + eventsIn(segment, startMs));
    }
  }
  return events;
}

/** A ReEncrypt has two facts of one event; facts outside the day are boundary rows of a neighbouring day. */
function eventsIn(segment: Item, startMs: number): number {
  const facts = decodeRows(segment);
  const roles = new RoleByProfile(facts);
  let events = 0;
  for (let row = 0; row < facts.length; row++) {
    const timeMs = facts.times[row] ?? 0;
    if (roles.of(row) !== DESTINATION && timeMs >= startMs && timeMs < startMs + DAY_MS) events++;
  }
  return events;
}

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
