import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { Table } from '../../table/table.ts';
import type { Alert, StateChange } from '../alert.ts';
import { deliveryProblemOf } from '../alert.ts';
import { changeAlert, everyChange, putAlert, readAlerts } from '../store/alert-store.ts';
import { CLAIM_MS, type DeliveryContext, MARKS_AT_A_TIME } from './delivery-context.ts';
import { type ClaimedAlert, DeliveryProgress, type FailedDelivery } from './delivery-progress.ts';
import { type Claim, claimed, isDue, released } from './delivery-states.ts';
import { pendingAlerts } from './outbox.ts';
import { tell } from './send-to-channel.ts';

/** What came of it. */
export interface DeliveryResult {
  /** From a change to a channel's having taken it, of each. */
  readonly lagsMs: readonly number[];
  readonly failed: readonly FailedDelivery[];
  /** How many of the alerts have a delivery that keeps failing. */
  readonly problems: number;
}

/**
 * Delivers what is to be delivered of some alerts and is in nobody else's hand.
 *
 * A change is claimed before a channel is told of it and marked after. So a channel is told twice only where whoever
 * told it died, or lost the table, between its answer and the mark, or where the answer itself was lost. What fails is
 * tried again when its time has come, by whoever delivers the outbox.
 * @throws KeytrailError `store-unavailable`
 */
export async function deliver(
  alertIds: readonly string[],
  delivering: DeliveryContext,
): Promise<DeliveryResult> {
  const lagsMs: number[] = [];
  const failed: FailedDelivery[] = [];
  const alertsWithProblems = new Set<string>();
  let ids: readonly string[] = [...new Set(alertIds)];
  while (ids.length > 0 && delivering.isTimeLeft()) {
    const alerts = await claimAll(ids, delivering);
    const told = new DeliveryProgress(alerts, delivering);
    const ends = await Promise.allSettled(
      delivering.channels.map((channel) => tell(channel, alerts, told, delivering)),
    );
    const left = await releaseAll(alerts, told, delivering);
    lagsMs.push(...told.lagsMs);
    failed.push(...told.failed);
    const [first] = ends.filter((end) => end.status === 'rejected');
    if (first !== undefined) throw first.reason;
    const after = await readAlerts(delivering.table, ids);
    for (const { alert } of after.values()) {
      if (deliveryProblemOf(alert) !== undefined) alertsWithProblems.add(alert.id);
    }
    // A change that came meanwhile: whoever was told of it found the alert in our hand.
    ids = left;
  }
  return { lagsMs, failed, problems: alertsWithProblems.size };
}

/** Delivers whatever is to be delivered. @throws KeytrailError `store-unavailable` */
export async function deliverOutbox(delivering: DeliveryContext): Promise<DeliveryResult> {
  return deliver(await pendingAlerts(delivering.table, delivering.now()), delivering);
}

async function claimAll(
  ids: readonly string[],
  delivering: DeliveryContext,
): Promise<readonly ClaimedAlert[]> {
  const { table, now, newId } = delivering;
  const claim: Claim = { by: newId(), untilMs: now() + CLAIM_MS };
  const due = [...(await readAlerts(table, ids)).values()].filter(({ alert }) => isDue(alert, now()));
  const alerts: ClaimedAlert[] = [];
  await forEachConcurrently(due, MARKS_AT_A_TIME, async (read) => {
    const mine = claimed(read.alert, claim, now());
    if (await putAlert(table, mine, read)) {
      const put = { alert: mine, version: read.version + 1 };
      alerts.push({ alert: mine, claim, put, changes: await changesToDeliver(table, mine) });
      return;
    }
    const alert = await changeAlert(table, read.alert.id, (alert) => alert && claimed(alert, claim, now()));
    if (alert?.deliveries.some(({ claimedBy }) => claimedBy === claim.by) !== true) return;
    alerts.push({ alert, claim, changes: await changesToDeliver(table, alert) });
  });
  return alerts;
}

async function changesToDeliver(table: Table, alert: Alert): Promise<readonly StateChange[]> {
  const numbers = new Set(alert.deliveries.map(({ change }) => change));
  const isKept = [...numbers].every((number) => alert.changes.some((change) => change.number === number));
  const changes = isKept ? alert.changes : await everyChange(table, alert);
  return changes.filter(({ number }) => numbers.has(number));
}

/** @returns ids of the alerts of which something can be delivered at once */
async function releaseAll(
  alerts: readonly ClaimedAlert[],
  told: DeliveryProgress,
  { table, channels, now }: DeliveryContext,
): Promise<readonly string[]> {
  const left: string[] = [];
  const unfinished = alerts.filter(({ alert: { id } }) => !told.isFinished(id));
  await forEachConcurrently(unfinished, MARKS_AT_A_TIME, async ({ alert: { id }, claim }) => {
    const alert = await changeAlert(table, id, (alert) => {
      if (alert?.deliveries.some(({ claimedBy }) => claimedBy === claim.by) !== true) return alert;
      return released(alert, claim.by, told.undelivered(id), channels, now());
    });
    if (alert !== undefined && isDue(alert, now())) left.push(id);
  });
  return left;
}
