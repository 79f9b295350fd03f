import { appendToList } from '../../append-to-list.ts';
import { forEachConcurrently } from '../../for-each-concurrently.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import { SEVERITIES } from '../rule-id.ts';
import type { Channel, PeopleChannel, RecordsChannel } from './channel.ts';
import { type DeliveryContext, maySend } from './delivery-context.ts';
import {
  type ClaimedAlert,
  type DeliveryProgress,
  type PendingNotice,
  pendingNotices,
} from './delivery-progress.ts';
import { isUrgent, takesSeverity } from './delivery-states.ts';
import { groupOf } from './group-notice.ts';
import { takeTurn } from './pace.ts';

/** The most notices that are being sent to people at once. */
const NOTICES_AT_A_TIME = 5;
/** The most requests at once to a channel to programs. */
const REQUESTS_AT_A_TIME = 4;

/**
 * Sends a channel the changes that it has not accepted yet, and marks those that it accepts.
 * @throws KeytrailError `store-unavailable`. A failure of the channel is not thrown; `progress` records it.
 */
export async function sendToChannel(
  channel: Channel,
  alerts: readonly ClaimedAlert[],
  progress: DeliveryProgress,
  context: DeliveryContext,
): Promise<void> {
  const wanted = alerts.filter(({ alert }) => takesSeverity(channel, alert.severity));
  const list = pendingNotices(channel, wanted, progress, context.baseUrl);
  if (list.length === 0) return;
  if (channel.kind === 'records') await sendRecords(channel, list, progress, context);
  else await sendToPeople(channel, list, progress, context);
}

async function sendToPeople(
  channel: PeopleChannel,
  list: readonly PendingNotice[],
  progress: DeliveryProgress,
  context: DeliveryContext,
): Promise<void> {
  const urgent = list.filter(({ notice }) => isUrgent(notice.severity));
  // Whoever floods people with lesser alerts must not bury an urgent one.
  await sendSingly(channel, bySeverity(urgent), progress, context);
  const rest = list.filter(({ notice }) => !isUrgent(notice.severity));
  if (rest.length === 0) return;
  const pace = await takeTurn(context.table, channel.name, rest.length, context.now());
  if (pace.kind === 'later') {
    for (const one of rest) progress.holdBack(one, pace.untilMs);
    return;
  }
  if (pace.kind === 'singly' || rest.length === 1) return sendSingly(channel, rest, progress, context);
  if (!rest.every(({ claim }) => maySend(context, claim))) return;
  const group = groupOf(
    rest.map(({ notice }) => notice),
    context.baseUrl,
  );
  const why = await failureOf(() => channel.sendGroup(group));
  if (why === undefined) await progress.markAccepted(channel, rest);
  else for (const one of rest) progress.markFailed(channel, one, why);
}

function bySeverity(list: readonly PendingNotice[]): readonly PendingNotice[] {
  return list.toSorted(
    (a, b) => SEVERITIES.indexOf(a.notice.severity) - SEVERITIES.indexOf(b.notice.severity),
  );
}

/** Sends each notice by itself; those of one alert one after the other. */
async function sendSingly(
  channel: PeopleChannel,
  list: readonly PendingNotice[],
  progress: DeliveryProgress,
  context: DeliveryContext,
): Promise<void> {
  await forEachConcurrently(byAlert(list), NOTICES_AT_A_TIME, async (changes) => {
    for (const [index, one] of changes.entries()) {
      if (!maySend(context, one.claim)) return;
      const why = await failureOf(() => channel.send(one.notice));
      if (why !== undefined) {
        // Later changes of the alert must not overtake the failed one.
        for (const late of changes.slice(index)) progress.markFailed(channel, late, why);
        return;
      }
      await progress.markAccepted(channel, [one]);
    }
  });
}

async function sendRecords(
  channel: RecordsChannel,
  list: readonly PendingNotice[],
  progress: DeliveryProgress,
  context: DeliveryContext,
): Promise<void> {
  const changes = byAlert(list);
  const failed = new Map<string, string>();
  const unsent = new Set<string>();
  for (let round = 0; changes.some((ofAlert) => round < ofAlert.length); round++) {
    const inRound = changes.flatMap((ofAlert) => ofAlert[round] ?? []);
    const blocked = inRound.filter(({ alertId }) => failed.has(alertId));
    for (const one of blocked) progress.markFailed(channel, one, failed.get(one.alertId) ?? '');
    const free = inRound.filter(({ alertId }) => !failed.has(alertId) && !unsent.has(alertId));
    const requests = Array.from({ length: Math.ceil(free.length / channel.atATime) }, (_, index) =>
      free.slice(index * channel.atATime, (index + 1) * channel.atATime),
    );
    await forEachConcurrently(requests, REQUESTS_AT_A_TIME, async (sent) => {
      if (!sent.every(({ claim }) => maySend(context, claim))) {
        // Later changes of these alerts must not overtake the ones that were not sent.
        for (const { alertId } of sent) unsent.add(alertId);
        return;
      }
      let refused: ReadonlyMap<string, string> = new Map();
      const why = await failureOf(async () => {
        refused = await channel.sendAll(sent.map(({ notice }) => notice));
      });
      const whyNot = (one: PendingNotice) => why ?? refused.get(one.notice.id);
      for (const one of sent) {
        const reason = whyNot(one);
        if (reason === undefined) continue;
        failed.set(one.alertId, reason);
        progress.markFailed(channel, one, reason);
      }
      await progress.markAccepted(
        channel,
        sent.filter((one) => whyNot(one) === undefined),
      );
    });
  }
}

/** Why a channel did not accept a notice; undefined when it did. Any other error than a KeytrailError is thrown. */
async function failureOf(send: () => Promise<void>): Promise<string | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    if (error instanceof KeytrailError) return error.message;
    throw error;
  }
}

/** Groups notices by alert, in the order of the changes. */
function byAlert(list: readonly PendingNotice[]): readonly (readonly PendingNotice[])[] {
  const lists = new Map<string, PendingNotice[]>();
  for (const one of list) appendToList(lists, one.alertId, one);
  return [...lists.values()].map((ofAlert) => ofAlert.toSorted((a, b) => a.change.number - b.change.number));
}
