import type { Table } from '../../table/table.ts';
import type { Alert } from '../alert.ts';
import { readAlerts } from '../store/alert-store.ts';

const STOPPED_PK = 'alert-stopped';

/** Notes alerts that are about to say that somebody stopped using a key. */
export async function noteStopped(table: Table, alertIds: readonly string[]): Promise<void> {
  if (alertIds.length > 0) await table.write(alertIds.map((sk) => ({ pk: STOPPED_PK, sk })));
}

/** Those that say so now. What is resolved is noted no more: who stops again is noted again. */
export async function stoppedUses(table: Table): Promise<Alert[]> {
  const noted = await table.query(STOPPED_PK);
  const alerts = await readAlerts(
    table,
    noted.map(({ sk }) => sk),
  );
  const over = noted.filter(({ sk }) => alerts.get(sk)?.alert.state === 'resolved');
  if (over.length > 0) await table.write([], over);
  return [...alerts.values()].map(({ alert }) => alert).filter(({ state }) => state !== 'resolved');
}
