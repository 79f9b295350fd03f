import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { Table } from '../../table/table.ts';
import type { Alert, StateChange } from '../alert.ts';
import { deliveryProblemOf } from '../alert.ts';
import { SEVERITIES } from '../rule-id.ts';
import { changeAlert, everyChange, putAlert, readAlerts } from '../store/alert-store.ts';
import { CLAIM_MS, type DeliveryContext, MARKS_AT_A_TIME } from './delivery-context.ts';
import { type ClaimedAlert, DeliveryProgress, type FailedDelivery } from './delivery-progress.ts';
import { type Claim, claimed, isDue, isUrgent, released } from './delivery-states.ts';
import { pendingAlerts } from './outbox.ts';
import { sendToChannel } from './send-to-channel.ts';

/** What a delivery did. */
export interface DeliveryResult {
  /** For each accepted change and channel, the time from the change to its acceptance, milliseconds. */
  readonly lagsMs: readonly number[];
  readonly failed: readonly FailedDelivery[];
  /** The number of alerts with a delivery that keeps failing. */
  readonly problems: number;
}

/**
 * Delivers the undelivered changes of some alerts, except those that another process has claimed.
 *
 * A change is claimed before it is sent and marked after. A channel gets it twice only when the process died, or lost the
 * table, between the channel's answer and the mark, or when the answer was lost. A failed delivery is tried again from
 * the outbox after a wait.
 * @throws KeytrailError `store-unavailable`
 */
export async function deliver(
  alertIds: readonly string[],
  context: DeliveryContext,
): Promise<DeliveryResult> {
  const lagsMs: number[] = [];
  const failed: FailedDelivery[] = [];
  const alertsWithProblems = new Set<string>();
  let waiting = await worstFirst([...new Set(alertIds)], context);
  while (waiting.length > 0 && context.isTimeLeft()) {
    const [ids = [], ...later] = waiting;
    const alerts = await claimAll(ids, context);
    const progress = new DeliveryProgress(alerts, context);
    const ends = await Promise.allSettled(
      context.channels.map((channel) => sendToChannel(channel, alerts, progress, context)),
    );
    const left = await releaseAll(alerts, progress, context);
    lagsMs.push(...progress.lagsMs);
    failed.push(...progress.failed);
    const [first] = ends.filter((end) => end.status === 'rejected');
    if (first !== undefined) throw first.reason;
    const after = await readAlerts(context.table, ids);
    for (const { alert } of after.values()) {
      if (deliveryProblemOf(alert) !== undefined) alertsWithProblems.add(alert.id);
    }
    // Changes made meanwhile: their own delivery found the alert claimed.
    waiting = left.length === 0 ? later : [left, ...later];
  }
  return { lagsMs, failed, problems: alertsWithProblems.size };
}

/** Urgent alerts that are claimed at once: the first are sent before thousands were claimed. */
const URGENT_AT_A_TIME = 200;

/** Some alerts in parts to be delivered one after the other: urgent ones first, then all others, which people get as one. */
async function worstFirst(
  ids: readonly string[],
  { table }: DeliveryContext,
): Promise<readonly (readonly string[])[]> {
  const alerts = await readAlerts(table, ids);
  const severityOf = (id: string) => alerts.get(id)?.alert.severity ?? 'low';
  const urgent = ids
    .filter((id) => isUrgent(severityOf(id)))
    .sort((a, b) => SEVERITIES.indexOf(severityOf(a)) - SEVERITIES.indexOf(severityOf(b)));
  const parts = Array.from({ length: Math.ceil(urgent.length / URGENT_AT_A_TIME) }, (_, part) =>
    urgent.slice(part * URGENT_AT_A_TIME, (part + 1) * URGENT_AT_A_TIME),
  );
  const rest = ids.filter((id) => !isUrgent(severityOf(id)));
  return rest.length === 0 ? parts : [...parts, rest];
}

/** Delivers every alert in the outbox. @throws KeytrailError `store-unavailable` */
export async function deliverOutbox(context: DeliveryContext): Promise<DeliveryResult> {
  return deliver(await pendingAlerts(context.table, context.now()), context);
}

async function claimAll(ids: readonly string[], context: DeliveryContext): Promise<readonly ClaimedAlert[]> {
  const { table, now, newId } = context;
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

/** @returns ids of the alerts that have another change to deliver now */
async function releaseAll(
  alerts: readonly ClaimedAlert[],
  progress: DeliveryProgress,
  { table, channels, now }: DeliveryContext,
): Promise<readonly string[]> {
  const left: string[] = [];
  const unfinished = alerts.filter(({ alert: { id } }) => !progress.isFinished(id));
  await forEachConcurrently(unfinished, MARKS_AT_A_TIME, async ({ alert: { id }, claim }) => {
    const alert = await changeAlert(table, id, (alert) => {
      if (alert?.deliveries.some(({ claimedBy }) => claimedBy === claim.by) !== true) return alert;
      return released(alert, claim.by, progress.undelivered(id), channels, now());
    });
    if (alert !== undefined && isDue(alert, now())) left.push(id);
  });
  return left;
}
