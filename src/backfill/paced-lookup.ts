import type { EventLookup, EventSource, LookupPage } from './event-lookup.ts';
import { type LookupTrouble, lookupFailure, troubleOf } from './lookup-failure.ts';
import type { Span } from './reach.ts';

/**
 * Two requests a second for an account and Region, which cannot be raised. A little longer than half a second, for
 * requests do not all travel equally fast.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
 */
const BETWEEN_REQUESTS_MS = 520;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
const MAX_ATTEMPTS = 8;

export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Whether to stop before the next request. */
  readonly isTimeUp?: () => boolean;
}

/** Why there is no page: what troubles the caller may do something about, and that no time is left. */
type NoPage = Extract<LookupTrouble, 'time-range' | 'next-token'> | 'time-up';

export type LookupAnswer =
  | { readonly kind: 'page'; readonly page: LookupPage }
  | { readonly kind: NoPage; readonly error?: unknown };

/** LookupEvents at its pace, asked again where it is busy. One for all that a process asks: the pace is its own. */
export class PacedLookup {
  readonly #lookup: EventLookup;
  readonly #clock: Clock;
  #lastMs = Number.NEGATIVE_INFINITY;
  #hasAnswered = false;
  /** Sent so far, also those that failed. */
  requests = 0;
  /** Whose events they are, as soon as that is known: see `accountOf`. */
  accountId: string | undefined;
  /** Awaited before each request, which is not sent where it throws. */
  beforeRequest: (() => Promise<void>) | undefined;

  constructor(lookup: EventLookup, clock: Clock) {
    this.#lookup = lookup;
    this.#clock = clock;
    this.accountId = lookup.accountId;
  }

  get region(): string {
    return this.#lookup.region;
  }

  /** @throws KeytrailError `lookup-failed`, and what `beforeRequest` throws */
  async ask(source: EventSource, span?: Span, token?: string): Promise<LookupAnswer> {
    for (let attempt = 1; ; attempt++) {
      if (this.#clock.isTimeUp?.() === true) return { kind: 'time-up' };
      await this.beforeRequest?.();
      await this.#takeTurn();
      try {
        const page = await this.#lookup.page(source, span, token);
        this.#hasAnswered = true;
        return { kind: 'page', page };
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble === 'time-range' || trouble === 'next-token') return { kind: trouble, error };
        // An endpoint that never answered is more likely a wrong one.
        const mayPass = trouble === 'busy' || (trouble === 'unreached' && this.#hasAnswered);
        if (!mayPass || attempt === MAX_ATTEMPTS) throw lookupFailure(error);
        await this.#clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
      }
    }
  }

  /** The clock of a machine may be set back: no turn is waited for longer than it can take. */
  async #takeTurn(): Promise<void> {
    const waitMs = Math.min(BETWEEN_REQUESTS_MS, this.#lastMs + BETWEEN_REQUESTS_MS - this.#clock.now());
    if (waitMs > 0) await this.#clock.sleep(waitMs);
    this.#lastMs = this.#clock.now();
    this.requests += 1;
  }
}
