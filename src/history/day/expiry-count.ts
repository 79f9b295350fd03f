import type { Table } from '../../table/table.ts';

const KEY = { pk: 'M', sk: 'expiry' };

/**
 * A counter that is raised when a day has expired and before any of its items is deleted. A question that finds it
 * unchanged at its end has read complete days.
 */
export async function readExpiryCount(table: Table): Promise<number> {
  return (await table.get(KEY))?.version ?? 0;
}

/** If somebody else raises it concurrently, that has the same effect. */
export async function raiseExpiryCount(table: Table): Promise<void> {
  const count = await readExpiryCount(table);
  await table.putIf({ ...KEY, version: count + 1 }, count === 0 ? undefined : count);
}
