import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import type { OriginCounts } from '../append/append.ts';
import { isCommitted, readDays } from '../day/day-state.ts';
import type { SealPlan } from './seal-plan.ts';

/** The items of a plan's counts. They are named by its root, and are valid once the root is committed. */
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
 * What has become of the records of an import so far. The items of counts are never deleted: a late seal may write its
 * own again, and a seal in progress has written counts that it has yet to commit.
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
