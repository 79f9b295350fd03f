import type { Table } from '../../table/table.ts';
import { DAY_MS } from '../../utc-time.ts';
import { currentChange } from '../alert.ts';
import { readAlerts } from '../store/alert-store.ts';
import { OUTBOX_PK, outboxEntry, outboxKey } from '../store/outbox-items.ts';

/** Longer than any process takes to write one alert. */
const ABANDONED_MS = DAY_MS;

/**
 * Ids of the alerts that have something to deliver, oldest change first. Removes outbox entries that a process left behind
 * when it died.
 * @param nowMs epoch milliseconds
 * @throws KeytrailError `store-unavailable`
 */
export async function pendingAlerts(table: Table, nowMs: number): Promise<readonly string[]> {
  const entries = (await table.query(OUTBOX_PK)).map(outboxEntry);
  const alerts = await readAlerts(
    table,
    entries.map(({ alertId }) => alertId),
  );
  const pending = new Map<string, number>();
  const left = [];
  for (const { alertId, change, madeMs } of entries) {
    const alert = alerts.get(alertId)?.alert;
    const isPending = alert?.deliveries.some((delivery) => delivery.change === change) === true;
    // The outbox entry is written before the alert, so the alert may not have the change yet.
    const isMade = (alert === undefined ? 0 : (currentChange(alert)?.number ?? 0)) >= change;
    if (isPending) pending.set(alertId, Math.min(madeMs, pending.get(alertId) ?? madeMs));
    else if (isMade || madeMs < nowMs - ABANDONED_MS) left.push(outboxKey(alertId, change));
  }
  if (left.length > 0) await table.write([], left);
  return [...pending].sort(([, a], [, b]) => a - b).map(([alertId]) => alertId);
}
