import { tellNeeded } from '../../expectations/expectation-need.ts';
import { History } from '../../history/query/history.ts';
import { CachedTable } from '../../table/cached-table.ts';
import { type Lease, releaseLease, renewLease, takeLease } from '../../table/lease.ts';
import type { Table } from '../../table/table.ts';
import { CurrentExpectations } from './current-expectations.ts';
import type { DetectionInputs, DetectionResult } from './detection-inputs.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { FirstSeenIndex } from './first-seen-index.ts';
import { runDetection } from './run-detection.ts';

const LEASE_KEY = { pk: 'M', sk: 'watch' };
/** Longer than detection over a day of ten million uses takes. */
const LEASE_MS = 5 * 60_000;

/** Who runs a detection, and how. */
export interface DetectorOptions {
  /** Names this run; no two runs have the same name. */
  readonly by: string;
  /** Whether the run of a name has surely died: then its lease need not run out first. */
  readonly isGone?: (by: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly settings: DetectionSettings;
  /** Asked before each day. The days that are left wait for the next run. */
  readonly isTimeLeft?: () => boolean;
  readonly onDay?: (day: string) => void;
  /** Called with the ids of alerts as they change. */
  readonly onAlerts?: (ids: readonly string[]) => Promise<void>;
}

/** Runs detection over a table again and again. What one run has read is kept for the next. */
export class Detector {
  readonly #table: Table;
  readonly #history: History;
  readonly #expectations: CurrentExpectations;
  #seen: FirstSeenIndex | undefined;

  constructor(table: Table) {
    // A day that still grows is read by every run.
    this.#table = new CachedTable(table);
    this.#history = new History(this.#table);
    this.#expectations = new CurrentExpectations(this.#table);
  }

  /** A new index when the learning period has changed. */
  #firstSeenIndex({ learningMs }: DetectionSettings): FirstSeenIndex {
    if (this.#seen?.learningMs !== learningMs) this.#seen = new FirstSeenIndex(this.#table, learningMs);
    return this.#seen;
  }

  /**
   * Runs one detection, unless another process is running one.
   * @returns undefined when another process is running one, or took over the lease
   * @throws KeytrailError `store-unavailable`
   */
  async run(options: DetectorOptions): Promise<DetectionResult | undefined> {
    const { by, isGone, now } = options;
    const taken = await takeLease(this.#table, LEASE_KEY, by, now(), LEASE_MS, isGone);
    if (taken.kind === 'held') return undefined;
    let lease: Lease = taken.lease;
    const inputs: DetectionInputs = {
      table: this.#table,
      history: this.#history,
      seen: this.#firstSeenIndex(options.settings),
      expectations: () => this.#expectations.judge(),
      recordNeeded: (needed) => tellNeeded(this.#table, needed),
      settings: options.settings,
      now: options.now,
    };
    const holdsLease = async () => {
      const renewed = await renewLease(this.#table, lease, options.now(), LEASE_MS);
      lease = renewed ?? lease;
      return renewed !== undefined;
    };
    try {
      return await runDetection(inputs, {
        mayContinue: async () => options.isTimeLeft?.() !== false && (await holdsLease()),
        ...(options.onDay === undefined ? {} : { onDay: options.onDay }),
        ...(options.onAlerts === undefined ? {} : { onAlerts: options.onAlerts }),
      });
    } finally {
      // When the store no longer answers, the lease runs out by itself.
      await releaseLease(this.#table, lease).catch(() => undefined);
    }
  }
}
