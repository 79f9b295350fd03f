import type { Table } from '../../table/table.ts';
import type { Channel } from './channel.ts';
import type { Claim } from './delivery-states.ts';

/** What alerts are delivered with. */
export interface DeliveryContext {
  readonly table: Table;
  readonly channels: readonly Channel[];
  /** The API's address, which links begin with. */
  readonly baseUrl?: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Gives a new unique id on each call. */
  readonly newId: () => string;
  /** Whether there is time for another request, which takes at most `SEND_MS`. */
  readonly isTimeLeft: () => boolean;
}

/** How long a claim holds: longer than a function may run. */
export const CLAIM_MS = 150_000;
/** The longest time that a request to a channel takes, retries included. */
export const SEND_MS = 40_000;
/** The most alerts that are written at once. */
export const MARKS_AT_A_TIME = 16;

/** Whether a request may start: the claim must hold until it ends, so that no other process sends the same change. */
export function maySend({ isTimeLeft, now }: DeliveryContext, { untilMs }: Claim): boolean {
  return isTimeLeft() && now() + SEND_MS <= untilMs;
}
