import { tellNeeded } from '../../expectations/expectation-need.ts';
import { EvidenceBook } from '../../history/evidence/evidence-book.ts';
import { DecodedItems } from '../../table/decoded-items.ts';
import { KeptItems } from '../../table/kept-items.ts';
import { type Lease, releaseLease, renewLease, takeLease } from '../../table/lease.ts';
import type { Table } from '../../table/table.ts';
import { SeenBook } from './seen-book.ts';
import { StandingExpectations } from './standing-expectations.ts';
import { type Passed, type Watching, watchHistory } from './watch-history.ts';
import type { WatchSettings } from './watch-settings.ts';

const LEASE_KEY = { pk: 'M', sk: 'watch' };
/** Longer than a day of ten million uses takes to be watched. */
const LEASE_MS = 5 * 60_000;

/** Who watches, and how. */
export interface WatchRun {
  /** Names this run, differently each time. */
  readonly by: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly settings: WatchSettings;
  /** Asked before each day: what is left is for the next pass. */
  readonly isTimeLeft?: () => boolean;
  readonly onDay?: (day: string) => void;
  /** Told of alerts as they change, by their ids. */
  readonly onAlerts?: (ids: readonly string[]) => Promise<void>;
}

/** Watches a table, pass after pass; keeps between them what it has read. */
export class Watch {
  readonly #table: Table;
  readonly #decoded = new DecodedItems();
  readonly #evidence: EvidenceBook;
  readonly #standing: StandingExpectations;
  #seen: SeenBook | undefined;

  constructor(table: Table) {
    // Days are looked at again at every pass for as long as something comes.
    this.#table = new KeptItems(table);
    this.#evidence = new EvidenceBook(this.#table);
    this.#standing = new StandingExpectations(this.#table);
  }

  /** Anew where the learning period is another. */
  #seenBook({ learningMs }: WatchSettings): SeenBook {
    if (this.#seen?.learningMs !== learningMs) this.#seen = new SeenBook(this.#table, learningMs);
    return this.#seen;
  }

  /**
   * One pass, unless somebody else is at one.
   * @returns undefined where somebody is, or took over
   * @throws KeytrailError `store-unavailable`
   */
  async pass(run: WatchRun): Promise<Passed | undefined> {
    const taken = await takeLease(this.#table, LEASE_KEY, run.by, run.now(), LEASE_MS);
    if (taken.kind === 'held') return undefined;
    let lease: Lease = taken.lease;
    const watching: Watching = {
      table: this.#table,
      decoded: this.#decoded,
      evidence: this.#evidence,
      seen: this.#seenBook(run.settings),
      expectations: (days) => this.#standing.knowing(days, this.#evidence),
      tellNeeded: (needed) => tellNeeded(this.#table, needed),
      settings: run.settings,
      now: run.now,
    };
    const isMine = async () => {
      const renewed = await renewLease(this.#table, lease, run.now(), LEASE_MS);
      lease = renewed ?? lease;
      return renewed !== undefined;
    };
    try {
      return await watchHistory(watching, {
        isGoing: async () => run.isTimeLeft?.() !== false && (await isMine()),
        ...(run.onDay === undefined ? {} : { onDay: run.onDay }),
        ...(run.onAlerts === undefined ? {} : { onAlerts: run.onAlerts }),
      });
    } finally {
      // Where the store does not answer any more, it ends by itself.
      await releaseLease(this.#table, lease).catch(() => undefined);
    }
  }
}
