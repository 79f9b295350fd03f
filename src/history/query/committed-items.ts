import type { Item, Table } from '../../table/table.ts';
import { ItemGone } from '../day/day-reader.ts';
import { type DayState, hasMovedOn, isCommitted, readDay } from '../day/day-state.ts';

/**
 * The current item of each of some days, under a partition key that has items of all days: one query instead of one root
 * for each day. The current item is the newest whose version the day committed. A day may have none.
 * @throws ItemGone where one of the days was sealed since its state was read
 */
export async function committedItems(
  table: Table,
  pk: string,
  states: readonly DayState[],
): Promise<Map<DayState, Item>> {
  const byDay = new Map(states.map((state) => [state.day, state]));
  const names = [...byDay.keys()].sort();
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const newest = new Map<DayState, Item>();
  const overtaken = new Set<DayState>();
  for (const item of await table.query(pk, { from: first, to: `${last}~` })) {
    const [name = '', version = '', tag = ''] = item.sk.split('.');
    const state = byDay.get(name);
    if (state === undefined) continue;
    if (isCommitted(state, `${version}.${tag}`)) newest.set(state, item);
    // Written by a seal in progress or done since: the item that it replaces may be gone already.
    else if (Number.parseInt(version, 16) > state.sealVersion) overtaken.add(state);
  }
  if (overtaken.size > 0) await assertNotSealed(table, [...overtaken]);
  return newest;
}

/**
 * Segments that were read, and pages that were looked for, may be swept once the day is sealed: an answer without them
 * would lack rows.
 * @throws ItemGone where one of the days was sealed since its state was read
 */
export async function assertNotSealed(table: Table, states: readonly DayState[]): Promise<void> {
  const now = await Promise.all(states.map((state) => readDay(table, state.day)));
  if (now.some((state, index) => hasMovedOn(states[index] ?? state, state))) {
    throw new ItemGone('a day was sealed while it was read');
  }
}
