import type { Aliases, AliasFact } from '../../kms/alias-timeline.ts';
import { decodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import { type DayState, isCommitted, readDays } from '../day/day-state.ts';
import { joinAliases } from './alias-facts.ts';

/**
 * What days say of aliases that an earlier version of Keytrail sealed: it wrote an item for each day, account and Region,
 * and marked the days that name an alias without the ARN of a key.
 */
const EARLIER = { facts: 'A', marks: 'F' } as const;

export async function readEarlierAliases(table: Table): Promise<Aliases> {
  const items = await table.query(EARLIER.facts);
  if (items.length === 0) return new Map();
  const states = new Map((await readDays(table)).map((state) => [state.day, state]));
  // Other days were not invalidated by what was written for seals that are not committed.
  const maps = items
    .filter((item) => isOfCommitted(item, states))
    .map((item) => decodeJson<Record<string, AliasFact[]>>(item, `What ${item.sk} says of aliases`));
  return joinAliases(...maps.map((map) => new Map(Object.entries(map))));
}

/** `<account>/<region>|<day>.<version>.<tag>` */
function isOfCommitted({ sk }: Item, states: ReadonlyMap<string, DayState>): boolean {
  const name = sk.slice(sk.indexOf('|') + 1);
  const day = name.slice(0, name.indexOf('.'));
  return isCommitted(states.get(day), name.slice(day.length + 1));
}

/** Deletes these items, and the marks. */
export async function deleteEarlierAliases(table: Table): Promise<void> {
  for (const pk of Object.values(EARLIER)) await table.write([], await table.query(pk));
}
