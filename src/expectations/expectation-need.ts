import type { Table } from '../table/table.ts';

/** When each expectation was last needed: the latest event that it was the one to allow. */
const NEEDS = 'expectation-need';

/**
 * Takes note of needs. Earlier times than what is noted change nothing, so that days may be told in any order, and
 * again.
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

/** By id, epoch milliseconds; those that were never needed are absent. */
export async function readNeeds(table: Table): Promise<ReadonlyMap<string, number>> {
  const items = await table.query(NEEDS);
  return new Map(items.map(({ sk, fields }) => [sk, Number(fields?.['lastNeededMs'])]));
}
