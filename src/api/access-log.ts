import type { Item, Table } from '../table/table.ts';

/** An entry of the access log. */
export interface AccessEntry {
  readonly [name: string]: string | number;
}

/**
 * Records a question and its caller in the table, apart from program logs and as durable as the rows.
 * @param timeMs epoch milliseconds
 * @param id unique, since entries may have the same time
 * @throws KeytrailError `store-unavailable`
 */
export async function putAccess(table: Table, entry: AccessEntry, timeMs: number, id: string): Promise<void> {
  const time = new Date(timeMs).toISOString();
  await table.put({ pk: accessPk(time.slice(0, 10)), sk: `${time}.${id}`, fields: entry });
}

/** The entries of a UTC day, by time. */
export async function accessesOf(table: Table, day: string): Promise<readonly Item[]> {
  return table.query(accessPk(day));
}

function accessPk(day: string): string {
  return `W#${day}`;
}
