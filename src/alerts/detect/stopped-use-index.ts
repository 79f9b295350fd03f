import type { Table } from '../../table/table.ts';
import type { Alert } from '../alert.ts';
import { readAlerts } from '../store/alert-store.ts';

const STOPPED_PK = 'alert-stopped';

/** Records the ids of `use-stopped` alerts. To be called before the alerts are opened. */
export async function recordStoppedUses(table: Table, alertIds: readonly string[]): Promise<void> {
  if (alertIds.length > 0) await table.write(alertIds.map((sk) => ({ pk: STOPPED_PK, sk })));
}

/** The recorded alerts that are not resolved. Resolved ones leave the index; a new stop records them again. */
export async function openStoppedUses(table: Table): Promise<Alert[]> {
  const recorded = await table.query(STOPPED_PK);
  const alerts = await readAlerts(
    table,
    recorded.map(({ sk }) => sk),
  );
  const over = recorded.filter(({ sk }) => alerts.get(sk)?.alert.state === 'resolved');
  if (over.length > 0) await table.write([], over);
  return [...alerts.values()].map(({ alert }) => alert).filter(({ state }) => state !== 'resolved');
}
