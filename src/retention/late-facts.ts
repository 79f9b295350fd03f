import { shardPks } from '../history/append/write-shards.ts';
import { type DayState, readDays } from '../history/day/day-state.ts';
import { decodeRows } from '../history/facts/row-block.ts';
import { DESTINATION, RoleByProfile } from '../history/facts/row-roles.ts';
import type { Item, Table } from '../table/table.ts';
import { DAY_MS, dayStart } from '../utc-time.ts';

/**
 * How many KMS events lie in the closed generations of a day that came after it had expired, by who brought them. Twice
 * counts what two batches brought: such a day is not sealed, and only a seal tells what is the same.
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

/** ReEncrypt makes two facts of one event; and what lies here only to be compared belongs to a neighbouring day. */
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
