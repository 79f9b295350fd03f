import type { Table } from '../table/table.ts';

/** When each expectation was last needed: the time of the latest event that it allowed. */
const NEEDS = 'expectation-need';

/**
 * Stores when expectations were needed. Times before the stored ones change nothing, so days may be given in any order,
 * and repeatedly.
 * @param needed by id, epoch milliseconds of the event
 */
export async function tellNeeded(table: Table, needed: ReadonlyMap<string, number>): Promise<void> {
  let left = [...needed];
  while (left.length > 0) {
    const items = await table.getAll(left.map(([sk]) => ({ pk: NEEDS, sk })));
    const known = new Map(items.map((item) => [item.sk, item]));
    const lost: typeof left = [];
    for (const [id, timeMs] of left) {
      const item = known.get(id);
      if (item !== undefined && Number(item.fields?.['lastNeededMs']) >= timeMs) continue;
      const version = (item?.version ?? 0) + 1;
      const isPut = await table.putIf(
        { pk: NEEDS, sk: id, version, fields: { lastNeededMs: timeMs } },
        item?.version,
      );
      if (!isPut) lost.push([id, timeMs]);
    }
    left = lost;
  }
}

/** When each expectation was last needed, by id, in epoch milliseconds. Those never needed are absent. */
export async function readNeeds(table: Table): Promise<ReadonlyMap<string, number>> {
  const items = await table.query(NEEDS);
  return new Map(items.map(({ sk, fields }) => [sk, Number(fields?.['lastNeededMs'])]));
}
