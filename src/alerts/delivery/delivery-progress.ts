import { forEachConcurrently } from '../../for-each-concurrently.ts';
import { errorCodeOf } from '../../keytrail-error.ts';
import type { Alert, StateChange } from '../alert.ts';
import { changeAlert, putAlert, type ReadAlert } from '../store/alert-store.ts';
import type { Channel, ChannelName } from './channel.ts';
import { type DeliveryContext, MARKS_AT_A_TIME } from './delivery-context.ts';
import { type Claim, taken, type Undelivered } from './delivery-states.ts';
import { type Notice, noticeOf } from './notice.ts';

/** An alert in our hand, and those of its changes that are to be delivered, in their order. */
export interface ClaimedAlert {
  readonly alert: Alert;
  readonly claim: Claim;
  readonly changes: readonly StateChange[];
  /** As it was put when it was claimed, where that is known: the next write need not read it again. */
  readonly put?: ReadAlert;
}

/** One change that one channel is to be told of. */
export interface PendingNotice {
  readonly claim: Claim;
  readonly alertId: string;
  readonly change: StateChange;
  readonly notice: Notice;
}

/** One change that one channel did not take. */
export interface FailedDelivery {
  readonly channel: ChannelName;
  readonly alertId: string;
  readonly change: number;
  readonly why: string;
}

/** What became of what was to be told: gathered by the channels, side by side. */
export class DeliveryProgress {
  readonly failed: FailedDelivery[] = [];
  /** From a change to a channel's having taken it. */
  readonly lagsMs: number[] = [];
  readonly #delivering: DeliveryContext;
  readonly #undelivered = new Map<string, Map<number, { failing: ChannelName[]; heldUntilMs?: number }>>();

  /** The alerts as they were last put from here, by their ids. */
  readonly #put = new Map<string, ReadAlert>();
  readonly #finished = new Set<string>();

  constructor(alerts: readonly ClaimedAlert[], delivering: DeliveryContext) {
    this.#delivering = delivering;
    for (const { alert, put } of alerts) if (put !== undefined) this.#put.set(alert.id, put);
  }

  /** Marks what a channel has taken. @throws KeytrailError `store-unavailable`: it may be told again */
  async took(channel: Channel, told: readonly PendingNotice[]): Promise<void> {
    const { now } = this.#delivering;
    for (const { change } of told) this.lagsMs.push(now() - change.timeMs);
    await forEachConcurrently(told, MARKS_AT_A_TIME, async ({ alertId, change }) => {
      const alert = await this.#change(alertId, channel.name, change.number);
      if (alert?.deliveries.length === 0) this.#finished.add(alertId);
    });
  }

  /** Whether nothing was left to deliver of an alert, and so nobody's claim either, when it was last put from here. */
  isFinished(alertId: string): boolean {
    return this.#finished.has(alertId);
  }

  async #change(alertId: string, channel: ChannelName, change: number): Promise<Alert | undefined> {
    const { table, channels } = this.#delivering;
    const read = this.#put.get(alertId);
    if (read !== undefined) {
      const alert = taken(read.alert, channel, [change], channels);
      if (await putAlert(table, alert, read)) {
        this.#put.set(alertId, { alert, version: read.version + 1 });
        return alert;
      }
      this.#put.delete(alertId);
    }
    return changeAlert(table, alertId, (alert) => alert && taken(alert, channel, [change], channels));
  }

  didNotTake(
    channel: Channel,
    { alertId, change: { number } }: Omit<PendingNotice, 'notice'>,
    why: string,
  ): void {
    this.failed.push({ channel: channel.name, alertId, change: number, why });
    this.#of(alertId, number).failing.push(channel.name);
  }

  isHeldBack({ alertId, change }: PendingNotice, untilMs: number): void {
    this.#of(alertId, change.number).heldUntilMs = untilMs;
  }

  undelivered(alertId: string): ReadonlyMap<number, Undelivered> {
    return this.#undelivered.get(alertId) ?? new Map();
  }

  #of(alertId: string, change: number): { failing: ChannelName[]; heldUntilMs?: number } {
    const ofAlert = this.#undelivered.get(alertId) ?? new Map();
    this.#undelivered.set(alertId, ofAlert);
    const known = ofAlert.get(change) ?? { failing: [] };
    ofAlert.set(change, known);
    return known;
  }
}

/**
 * What a channel has to be told of some alerts, in the order of the changes' times. An alert that nothing can be said of,
 * as one whose rule only a newer Keytrail has, does not keep the others from being told.
 */
export function pendingNotices(
  channel: Channel,
  alerts: readonly ClaimedAlert[],
  told: DeliveryProgress,
  baseUrl?: string,
): PendingNotice[] {
  const list: PendingNotice[] = [];
  for (const { alert, claim, changes } of alerts) {
    for (const change of changes) {
      const delivery = alert.deliveries.find((one) => one.change === change.number);
      if (delivery === undefined || delivery.done.includes(channel.name)) continue;
      const one = { claim, alertId: alert.id, change };
      try {
        list.push({ ...one, notice: noticeOf(alert, change, baseUrl) });
      } catch (error) {
        told.didNotTake(channel, one, `The notice could not be written: ${errorCodeOf(error)}.`);
      }
    }
  }
  return list.sort((a, b) => a.change.timeMs - b.change.timeMs);
}
