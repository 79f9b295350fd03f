import type { Table } from '../../table/table.ts';

const pkOf = (day: string) => `alert-day#${day}`;

/** Notes that an alert has, or is about to have, evidence of a day. To be called before it has. */
export async function indexAlertByDay(table: Table, day: string, alertId: string): Promise<void> {
  await table.put({ pk: pkOf(day), sk: alertId });
}

/** Ids of the alerts that may have evidence of a day. */
export async function alertIdsOfDay(table: Table, day: string): Promise<string[]> {
  return (await table.query(pkOf(day))).map(({ sk }) => sk);
}
