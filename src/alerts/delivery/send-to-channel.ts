import { appendToList } from '../../append-to-list.ts';
import { forEachConcurrently } from '../../for-each-concurrently.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Channel, PeopleChannel, RecordsChannel } from './channel.ts';
import { type DeliveryContext, maySend } from './delivery-context.ts';
import {
  type ClaimedAlert,
  type DeliveryProgress,
  type PendingNotice,
  pendingNotices,
} from './delivery-progress.ts';
import { takesSeverity } from './delivery-states.ts';
import { groupOf } from './group-notice.ts';
import { takeTurn } from './pace.ts';

/** So many notices are on their way to people at once. */
const NOTICES_AT_A_TIME = 5;
/** And so many requests to a channel that keeps records. */
const REQUESTS_AT_A_TIME = 4;

/**
 * Tells a channel what it has not taken yet, and marks what it takes.
 * @throws KeytrailError `store-unavailable`; not where the channel fails, which `told` remembers
 */
export async function tell(
  channel: Channel,
  alerts: readonly ClaimedAlert[],
  told: DeliveryProgress,
  delivering: DeliveryContext,
): Promise<void> {
  const wanted = alerts.filter(({ alert }) => takesSeverity(channel, alert.severity));
  const list = pendingNotices(channel, wanted, told, delivering.baseUrl);
  if (list.length === 0) return;
  if (channel.kind === 'records') await tellRecords(channel, list, told, delivering);
  else await tellPeople(channel, list, told, delivering);
}

async function tellPeople(
  channel: PeopleChannel,
  list: readonly PendingNotice[],
  told: DeliveryProgress,
  delivering: DeliveryContext,
): Promise<void> {
  const pace = await takeTurn(delivering.table, channel.name, list.length, delivering.now());
  if (pace.kind === 'later') {
    for (const one of list) told.isHeldBack(one, pace.untilMs);
    return;
  }
  if (pace.kind === 'as-one' && list.length > 1) {
    if (!list.every(({ claim }) => maySend(delivering, claim))) return;
    const group = groupOf(
      list.map(({ notice }) => notice),
      delivering.baseUrl,
    );
    const why = await failureOf(() => channel.sendGroup(group));
    if (why === undefined) await told.took(channel, list);
    else for (const one of list) told.didNotTake(channel, one, why);
    return;
  }
  await forEachConcurrently(byAlert(list), NOTICES_AT_A_TIME, async (changes) => {
    for (const [index, one] of changes.entries()) {
      if (!maySend(delivering, one.claim)) return;
      const why = await failureOf(() => channel.send(one.notice));
      if (why !== undefined) {
        // Nor is what came after it told before it.
        for (const late of changes.slice(index)) told.didNotTake(channel, late, why);
        return;
      }
      await told.took(channel, [one]);
    }
  });
}

async function tellRecords(
  channel: RecordsChannel,
  list: readonly PendingNotice[],
  told: DeliveryProgress,
  delivering: DeliveryContext,
): Promise<void> {
  const changes = byAlert(list);
  const failed = new Map<string, string>();
  const untold = new Set<string>();
  for (let round = 0; changes.some((ofAlert) => round < ofAlert.length); round++) {
    const inRound = changes.flatMap((ofAlert) => ofAlert[round] ?? []);
    const blocked = inRound.filter(({ alertId }) => failed.has(alertId));
    for (const one of blocked) told.didNotTake(channel, one, failed.get(one.alertId) ?? '');
    const free = inRound.filter(({ alertId }) => !failed.has(alertId) && !untold.has(alertId));
    const requests = Array.from({ length: Math.ceil(free.length / channel.atATime) }, (_, index) =>
      free.slice(index * channel.atATime, (index + 1) * channel.atATime),
    );
    await forEachConcurrently(requests, REQUESTS_AT_A_TIME, async (sent) => {
      if (!sent.every(({ claim }) => maySend(delivering, claim))) {
        // Nor is what came after them told before them.
        for (const { alertId } of sent) untold.add(alertId);
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
        told.didNotTake(channel, one, reason);
      }
      await told.took(
        channel,
        sent.filter((one) => whyNot(one) === undefined),
      );
    });
  }
}

/** Why a channel did not take it; undefined where it did. What is wrong with the program goes on. */
async function failureOf(send: () => Promise<void>): Promise<string | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    if (error instanceof KeytrailError) return error.message;
    throw error;
  }
}

/** Changes of one alert are together, in their order. */
function byAlert(list: readonly PendingNotice[]): readonly (readonly PendingNotice[])[] {
  const lists = new Map<string, PendingNotice[]>();
  for (const one of list) appendToList(lists, one.alertId, one);
  return [...lists.values()].map((ofAlert) => ofAlert.toSorted((a, b) => a.change.number - b.change.number));
}
