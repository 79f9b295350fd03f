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
  /** Names who delivers; no two the same. */
  readonly newId: () => string;
  /** Whether there is time for another request, which takes at most `SEND_MS`. */
  readonly isTimeLeft: () => boolean;
}

/** For how long an alert is in one hand: longer than a function may run. */
export const CLAIM_MS = 150_000;
/** What a request to a channel takes at most, its repetitions included. */
export const SEND_MS = 40_000;
/** So many alerts are written side by side. */
export const MARKS_AT_A_TIME = 16;

/** A request begins only while the claim holds until it is over: nobody else is at the alert before. */
export function maySend({ isTimeLeft, now }: DeliveryContext, { untilMs }: Claim): boolean {
  return isTimeLeft() && now() + SEND_MS <= untilMs;
}
