import type { OriginCounts } from '../history/append/append.ts';
import { addReadCounts, noCounts } from '../ingest/read-counts.ts';
import type { FilesRead } from './import-worker.ts';

const LISTED_QUARANTINED = 1_000;

/** The contract's summary of an import. */
export interface ImportSummary {
  readonly files: number;
  readonly records: number;
  readonly otherRecords: number;
  readonly kmsEvents: number;
  /** Second rows of `ReEncrypt`. */
  readonly secondKeys: number;
  readonly usageRows: number;
  readonly duplicates: number;
  readonly folded: number;
  /** KMS events of days that have expired, where there are any: not shown, and taken away by the next expiry run. */
  readonly expired?: number;
  readonly jobEvents: number;
  readonly quarantinedCount: number;
  readonly quarantinedKms: number;
  readonly quarantined: readonly { readonly source: string; readonly reason: string }[];
  readonly seconds: number;
}

/** Counts what an import has made durable. */
export class ImportTally {
  readonly #counts = noCounts();
  readonly #listed: { source: string; reason: string }[] = [];
  #quarantined = 0;
  #quarantinedKms = 0;
  #unreadable = 0;

  add({ counts, quarantined, unreadable }: FilesRead): void {
    addReadCounts(this.#counts, counts);
    this.#unreadable += unreadable.length;
    this.#quarantined += quarantined.reduce((sum, { places = 1 }) => sum + places, 0);
    this.#quarantinedKms += quarantined.filter(({ bytes }) => bytes !== undefined).length;
    for (const { source, reason } of quarantined) {
      if (this.#listed.length < LISTED_QUARANTINED) this.#listed.push({ source, reason });
    }
  }

  /** Files read, and those that could not be. */
  get filesDone(): number {
    return this.#counts.files + this.#unreadable;
  }

  get records(): number {
    return this.#counts.records;
  }

  /**
   * @param sealed what the seals counted of this import
   * @param expired how many of its events belong to days that have expired
   */
  summary(sealed: OriginCounts, expired: number, seconds: number): ImportSummary {
    return {
      ...this.#counts,
      secondKeys: sealed.rows - sealed.fresh,
      usageRows: sealed.rows,
      // Not as sealed: what another process seals while it is being appended is appended, and counted, again.
      duplicates: this.#counts.kmsEvents - this.#quarantinedKms - sealed.fresh - sealed.folded - expired,
      folded: sealed.folded,
      ...(expired === 0 ? {} : { expired }),
      quarantinedCount: this.#quarantined,
      quarantinedKms: this.#quarantinedKms,
      quarantined: this.#listed,
      seconds,
    };
  }
}
