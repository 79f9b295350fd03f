import type { Alert, Delivery } from '../alert.ts';
import { SEVERITIES, type Severity } from '../rule-id.ts';
import type { Channel, ChannelName } from './channel.ts';

const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

/** A process's claim on the deliveries of an alert. */
export interface Claim {
  readonly by: string;
  /** Epoch milliseconds. */
  readonly untilMs: number;
}

/** Why a change was not delivered to every channel. */
export interface Undelivered {
  /** Channels that failed. */
  readonly failing: readonly ChannelName[];
  /** Set when the change was held back: not tried before then, epoch milliseconds. */
  readonly heldUntilMs?: number;
}

/** Whether people always get a notice of its own of an alert, never only a line in a digest. */
export function isUrgent(severity: Severity): boolean {
  return severity === 'critical' || severity === 'high';
}

/** Whether a channel gets alerts of a severity. */
export function takesSeverity({ floor }: Channel, severity: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(floor);
}

/** Names of the channels that get an alert's changes. */
function channelsFor({ severity }: Alert, channels: readonly Channel[]): readonly ChannelName[] {
  return channels.filter((channel) => takesSeverity(channel, severity)).map(({ name }) => name);
}

/**
 * Whether an alert has a change to deliver now. One process claims all changes of an alert, so that each channel gets them
 * in order.
 */
export function isDue({ deliveries }: Alert, nowMs: number): boolean {
  const isClaimed = deliveries.some(({ claimedUntilMs = 0 }) => claimedUntilMs > nowMs);
  return !isClaimed && deliveries.some(({ notBeforeMs = 0 }) => notBeforeMs <= nowMs);
}

/** The alert with its deliveries claimed; the same object when they cannot be claimed. */
export function claimed(alert: Alert, { by, untilMs }: Claim, nowMs: number): Alert {
  if (!isDue(alert, nowMs)) return alert;
  return {
    ...alert,
    deliveries: alert.deliveries.map((delivery) => ({
      ...withoutClaim(delivery),
      // A claim that was not released counts as a failed attempt: its process died.
      attempts: delivery.attempts + (delivery.claimedBy === undefined ? 0 : 1),
      claimedBy: by,
      claimedUntilMs: untilMs,
    })),
  };
}

/** The alert after a channel accepted some changes. A change that all channels have accepted leaves its deliveries. */
export function accepted(
  alert: Alert,
  channel: ChannelName,
  changes: readonly number[],
  channels: readonly Channel[],
): Alert {
  const wanted = channelsFor(alert, channels);
  const deliveries = alert.deliveries
    .map((delivery) =>
      changes.includes(delivery.change) && !delivery.done.includes(channel)
        ? { ...delivery, done: [...delivery.done, channel] }
        : delivery,
    )
    .filter((delivery) => !isDone(delivery, wanted));
  return { ...alert, deliveries };
}

/** The alert after its claim is released. @param undelivered by change number */
export function released(
  alert: Alert,
  by: string,
  undelivered: ReadonlyMap<number, Undelivered>,
  channels: readonly Channel[],
  nowMs: number,
): Alert {
  const wanted = channelsFor(alert, channels);
  const deliveries = alert.deliveries
    .map((delivery): Delivery => {
      if (delivery.claimedBy !== by) return delivery;
      const { failing = [], heldUntilMs } = undelivered.get(delivery.change) ?? {};
      const { claimedBy: _by, claimedUntilMs: _until, failing: _failing, ...free } = delivery;
      if (failing.length > 0) {
        const attempts = delivery.attempts + 1;
        return { ...free, attempts, failing, notBeforeMs: nowMs + waitMs(attempts) };
      }
      return heldUntilMs === undefined ? free : { ...free, notBeforeMs: heldUntilMs };
    })
    .filter((delivery) => !isDone(delivery, wanted));
  return { ...alert, deliveries };
}

function isDone({ done }: Delivery, wanted: readonly ChannelName[]): boolean {
  return wanted.every((name) => done.includes(name));
}

function withoutClaim({ claimedBy: _by, claimedUntilMs: _until, notBeforeMs: _wait, ...free }: Delivery) {
  return free;
}

function waitMs(attempts: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
}
