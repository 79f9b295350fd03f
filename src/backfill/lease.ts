import { KeytrailError } from '../keytrail-error.ts';
import { type Lease, releaseLease, renewLease, takeLease } from '../table/lease.ts';
import type { Table } from '../table/table.ts';
import { isoTime } from '../utc-time.ts';
import type { Place } from './checkpoint.ts';

/** Longer than a request takes, with the storing of what it answers. */
const LEASE_MS = 2 * 60_000;
/** It is renewed when so much of it is over: not for each of two requests a second. */
const RENEWED_AFTER_MS = LEASE_MS / 3;

/** Who runs a backfill. */
export interface Holder {
  /** A name of this run only, which other runs show. */
  readonly name: string;
  /** Whether another run has surely died: then its lease need not run out first. */
  readonly isGone?: (name: string) => boolean;
}

/**
 * The right to look up the events of an account and Region, which CloudTrail answers twice a second in all: one run
 * at a time has it. Whoever dies with it loses it when it ends.
 */
export class BackfillLease {
  readonly #table: Table;
  readonly #place: Place;
  readonly #now: () => number;
  #lease: Lease;
  #renewedMs: number;

  private constructor(table: Table, place: Place, now: () => number, lease: Lease) {
    this.#table = table;
    this.#place = place;
    this.#now = now;
    this.#lease = lease;
    this.#renewedMs = now();
  }

  /** @throws KeytrailError `backfill-running` where another run has it */
  static async take(
    table: Table,
    place: Place,
    { name, isGone }: Holder,
    now: () => number,
  ): Promise<BackfillLease> {
    const taken = await takeLease(table, keyOf(place), name, now(), LEASE_MS, isGone);
    if (taken.kind === 'taken') return new BackfillLease(table, place, now, taken.lease);
    throw running(place, `by ${taken.by}, until ${isoTime(taken.untilMs)} unless it goes on`);
  }

  /**
   * To be called before each request.
   * @throws KeytrailError `backfill-running` where another run has taken over: this one must end
   */
  async keep(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#renewedMs < RENEWED_AFTER_MS && nowMs < this.#lease.untilMs) return;
    const renewed = await renewLease(this.#table, this.#lease, nowMs, LEASE_MS);
    if (renewed === undefined) throw running(this.#place, 'and has taken over from this one, which was away');
    this.#lease = renewed;
    this.#renewedMs = nowMs;
  }

  /** Gives the lease up if it is still held. If the store does not answer, it runs out by itself. */
  async release(): Promise<void> {
    await releaseLease(this.#table, this.#lease).catch(() => undefined);
  }
}

function keyOf({ accountId, region }: Place) {
  return { pk: 'M', sk: `backfill/${accountId}/${region}` };
}

function running({ accountId, region }: Place, how: string): KeytrailError {
  return new KeytrailError(
    'backfill-running',
    `Another backfill of ${accountId} in ${region} runs, ${how}; wait for its end, then do the same again.`,
  );
}
