import type { Table } from '../../table/table.ts';

const pkOf = (day: string) => `alert-day#${day}`;

/** Records that an alert has evidence on a day. To be called before the alert is written. */
export async function indexAlertByDay(table: Table, day: string, alertId: string): Promise<void> {
  await table.put({ pk: pkOf(day), sk: alertId });
}

/** Ids of the alerts that may have evidence on a day. */
export async function alertIdsOfDay(table: Table, day: string): Promise<string[]> {
  return (await table.query(pkOf(day))).map(({ sk }) => sk);
}
