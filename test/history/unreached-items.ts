import { decodeRoot } from '../../src/history/day/day-reader.ts';
import { itemKeysOf } from '../../src/history/day/day-root.ts';
import type { DayState } from '../../src/history/day/day-state.ts';
import { readDays } from '../../src/history/day/day-state.ts';
import { rootPk } from '../../src/history/facts/table-keys.ts';
import { padded } from '../../src/table/content-name.ts';
import type { MemoryTable } from '../table/memory-table.ts';

/**
 * Pointers may lead to more than there is, and counts be of more than came to count: whoever reads checks. What is
 * known of jobs belongs to no day.
 */
const POINTERS = new Set(['D', 'K', 'X', 'O', 'G', 'M', 'J', 'B']);

/** Items that are neither a day's, nor of its current version, nor waiting to be sealed, nor a pointer. */
export async function unreachedItems(table: MemoryTable): Promise<string[]> {
  const live = new Set<string>();
  const pending = new Set<string>();
  for (const state of await readDays(table)) {
    for (const key of await itemsOfDay(table, state)) live.add(`${key.pk} ${key.sk}`);
    for (const generation of Object.keys(state.pending)) {
      pending.add(`S#${state.day}#${padded(Number(generation))}`);
    }
  }
  return [...table.items]
    .filter(
      ([pk]) => !POINTERS.has(pk.split('#')[0] ?? '') && !pending.has(pk.split('#').slice(0, 3).join('#')),
    )
    .flatMap(([pk, items]) => [...items.keys()].map((sk) => `${pk} ${sk}`))
    .filter((name) => !live.has(name));
}

async function itemsOfDay(table: MemoryTable, state: DayState) {
  if (state.root === undefined) return [];
  const item = await table.get({ pk: rootPk(state.day), sk: state.root });
  if (item?.body === undefined) throw new Error(`the root of ${state.day} is missing`);
  return itemKeysOf(decodeRoot(item, state.day), state.root);
}
