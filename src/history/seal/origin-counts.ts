import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import { isCommitted, readDays } from '../day/day-state.ts';
import type { OriginCounts, SealPlan } from './seal-plan.ts';

/** Counts stand beside the version they are of: they count if it does. */
export function countItems(plan: SealPlan): Item[] {
  return [...plan.counts]
    .filter(([origin]) => origin !== '')
    .map(([origin, counts]) => ({
      pk: 'O',
      sk: `${origin}|${plan.root.day}.${plan.rootName}`,
      body: encodeJson(counts),
    }));
}

/**
 * What became so far of the records of an import. The counts stay: a seal that comes to its end late may write
 * its own once more, and one still on its way has written what it has yet to commit.
 */
export async function readCounts(table: Table, origin: string): Promise<OriginCounts> {
  const total: OriginCounts = { fresh: 0, duplicate: 0, folded: 0, rows: 0 };
  const items = await table.query('O', { from: `${origin}|`, to: `${origin}|~` });
  const states = new Map((await readDays(table)).map((state) => [state.day, state]));
  for (const item of items) {
    const name = item.sk.slice(origin.length + 1);
    const day = name.slice(0, name.indexOf('.'));
    if (!isCommitted(states.get(day), name.slice(day.length + 1))) continue;
    const counts = decodeJson<OriginCounts>(item, 'An item of the counts of an import');
    total.fresh += counts.fresh;
    total.duplicate += counts.duplicate;
    total.folded += counts.folded;
    total.rows += counts.rows;
  }
  return total;
}
