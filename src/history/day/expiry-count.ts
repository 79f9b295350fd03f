import type { Table } from '../../table/table.ts';

const KEY = { pk: 'M', sk: 'expiry' };

/**
 * Moves whenever a day has expired and before anything of it is deleted: a question that finds it unmoved at its end
 * has seen every day whole.
 */
export async function readExpiryCount(table: Table): Promise<number> {
  return (await table.get(KEY))?.version ?? 0;
}

/** Whoever else moves it meanwhile does it after we were called, which is as good. */
export async function raiseExpiryCount(table: Table): Promise<void> {
  const count = await readExpiryCount(table);
  await table.putIf({ ...KEY, version: count + 1 }, count === 0 ? undefined : count);
}
