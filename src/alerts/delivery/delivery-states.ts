import type { Alert, Delivery } from '../alert.ts';
import { SEVERITIES, type Severity } from '../rule-id.ts';
import type { Channel, ChannelName } from './channel.ts';

const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Who is at an alert's deliveries, and until when, epoch milliseconds. */
export interface Claim {
  readonly by: string;
  readonly untilMs: number;
}

/** What became of a change that not every channel took. */
export interface Undelivered {
  /** Channels that did not take it. */
  readonly failing: readonly ChannelName[];
  /** Not tried before then, where it was held back and did not fail. Epoch milliseconds. */
  readonly heldUntilMs?: number;
}

/** Whether a channel is to be told of alerts as severe as that. */
export function takesSeverity({ floor }: Channel, severity: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(floor);
}

/** Names of the channels that are to take an alert's changes. */
function channelsFor({ severity }: Alert, channels: readonly Channel[]): readonly ChannelName[] {
  return channels.filter((channel) => takesSeverity(channel, severity)).map(({ name }) => name);
}

/**
 * Whether anything of an alert can be delivered now. All of its changes are in one hand: a channel is told of them in
 * their order.
 */
export function isDue({ deliveries }: Alert, nowMs: number): boolean {
  const isClaimed = deliveries.some(({ claimedUntilMs = 0 }) => claimedUntilMs > nowMs);
  return !isClaimed && deliveries.some(({ notBeforeMs = 0 }) => notBeforeMs <= nowMs);
}

/** The alert with its deliveries in somebody's hand; the same object where they cannot be. */
export function claimed(alert: Alert, { by, untilMs }: Claim, nowMs: number): Alert {
  if (!isDue(alert, nowMs)) return alert;
  return {
    ...alert,
    deliveries: alert.deliveries.map((delivery) => ({
      ...withoutClaim(delivery),
      // Whoever had it has died over it.
      attempts: delivery.attempts + (delivery.claimedBy === undefined ? 0 : 1),
      claimedBy: by,
      claimedUntilMs: untilMs,
    })),
  };
}

/** The alert once a channel has taken some changes. What every channel has taken is no more to be delivered. */
export function taken(
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

/** The alert once somebody is through with it. @param undelivered by the numbers of changes */
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
