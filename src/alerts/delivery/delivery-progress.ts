import { forEachConcurrently } from '../../for-each-concurrently.ts';
import { errorCodeOf } from '../../keytrail-error.ts';
import type { Alert, StateChange } from '../alert.ts';
import { changeAlert, putAlert, type ReadAlert } from '../store/alert-store.ts';
import type { Channel, ChannelName } from './channel.ts';
import { type DeliveryContext, MARKS_AT_A_TIME } from './delivery-context.ts';
import { accepted, type Claim, type Undelivered } from './delivery-states.ts';
import { type Notice, noticeOf } from './notice.ts';

/** An alert that this process has claimed. */
export interface ClaimedAlert {
  readonly alert: Alert;
  readonly claim: Claim;
  /** The changes to deliver, in order. */
  readonly changes: readonly StateChange[];
  /** The alert as the claim wrote it, if known: the next write need not read it again. */
  readonly put?: ReadAlert;
}

/** A change that one channel has not accepted yet. */
export interface PendingNotice {
  readonly claim: Claim;
  readonly alertId: string;
  readonly change: StateChange;
  readonly notice: Notice;
}

/** A change that one channel did not accept. */
export interface FailedDelivery {
  readonly channel: ChannelName;
  readonly alertId: string;
  readonly change: number;
  readonly why: string;
}

/** Collects the results of all channels, which send concurrently. */
export class DeliveryProgress {
  readonly failed: FailedDelivery[] = [];
  /** For each accepted change and channel, the time from the change to its acceptance, milliseconds. */
  readonly lagsMs: number[] = [];
  readonly #context: DeliveryContext;
  readonly #undelivered = new Map<string, Map<number, { failing: ChannelName[]; heldUntilMs?: number }>>();

  /** By id, the alerts as this process last wrote them. */
  readonly #put = new Map<string, ReadAlert>();
  readonly #finished = new Set<string>();

  constructor(alerts: readonly ClaimedAlert[], context: DeliveryContext) {
    this.#context = context;
    for (const { alert, put } of alerts) if (put !== undefined) this.#put.set(alert.id, put);
  }

  /** Marks what a channel has accepted. @throws KeytrailError `store-unavailable`: it may then be sent again */
  async markAccepted(channel: Channel, notices: readonly PendingNotice[]): Promise<void> {
    const { now } = this.#context;
    for (const { change } of notices) this.lagsMs.push(now() - change.timeMs);
    await forEachConcurrently(notices, MARKS_AT_A_TIME, async ({ alertId, change }) => {
      const alert = await this.#change(alertId, channel.name, change.number);
      if (alert?.deliveries.length === 0) this.#finished.add(alertId);
    });
  }

  /** Whether the last write left no deliveries in an alert, and so no claim to release. */
  isFinished(alertId: string): boolean {
    return this.#finished.has(alertId);
  }

  async #change(alertId: string, channel: ChannelName, change: number): Promise<Alert | undefined> {
    const { table, channels } = this.#context;
    const read = this.#put.get(alertId);
    if (read !== undefined) {
      const alert = accepted(read.alert, channel, [change], channels);
      if (await putAlert(table, alert, read)) {
        this.#put.set(alertId, { alert, version: read.version + 1 });
        return alert;
      }
      this.#put.delete(alertId);
    }
    return changeAlert(table, alertId, (alert) => alert && accepted(alert, channel, [change], channels));
  }

  /** Records that a channel did not accept a change. */
  markFailed(
    channel: Channel,
    { alertId, change: { number } }: Omit<PendingNotice, 'notice'>,
    why: string,
  ): void {
    this.failed.push({ channel: channel.name, alertId, change: number, why });
    this.#of(alertId, number).failing.push(channel.name);
  }

  /** Records that a change may not be sent before a time, epoch milliseconds. */
  holdBack({ alertId, change }: PendingNotice, untilMs: number): void {
    this.#of(alertId, change.number).heldUntilMs = untilMs;
  }

  /** By change number, why changes of an alert were not delivered. */
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
 * The notices that a channel has not accepted yet, by time of change. An alert whose notice cannot be written, such as one
 * of a rule that only a newer Keytrail has, fails alone.
 */
export function pendingNotices(
  channel: Channel,
  alerts: readonly ClaimedAlert[],
  progress: DeliveryProgress,
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
        progress.markFailed(channel, one, `The notice could not be written: ${errorCodeOf(error)}.`);
      }
    }
  }
  return list.sort((a, b) => a.change.timeMs - b.change.timeMs);
}
