import type { Item, Table } from '../table/table.ts';

/** Who looked at what, as it is kept. */
export interface AccessEntry {
  readonly [name: string]: string | number;
}

/**
 * Keeps that somebody asked: in the table, apart from what any program logs, and as durable as the rows that were
 * looked at.
 * @param timeMs epoch milliseconds
 * @param id tells entries of one moment apart
 * @throws KeytrailError `store-unavailable`
 */
export async function putAccess(table: Table, entry: AccessEntry, timeMs: number, id: string): Promise<void> {
  const time = new Date(timeMs).toISOString();
  await table.put({ pk: accessPk(time.slice(0, 10)), sk: `${time}.${id}`, fields: entry });
}

/** What was asked on a UTC day, in the order of its times. */
export async function accessesOf(table: Table, day: string): Promise<readonly Item[]> {
  return table.query(accessPk(day));
}

function accessPk(day: string): string {
  return `W#${day}`;
}
