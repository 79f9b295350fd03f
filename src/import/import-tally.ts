import type { OriginCounts } from '../history/append/append.ts';
import { addReadCounts, noCounts } from '../ingest/read-counts.ts';
import type { FilesRead } from './import-worker.ts';
import { type LeftOut, LeftOutFiles } from './left-out.ts';

const LISTED_QUARANTINED = 1_000;

/** The contract's summary of an import. */
export interface ImportSummary {
  readonly files: number;
  /** Files known by their bytes and not read again. */
  readonly unchangedFiles: number;
  readonly records: number;
  readonly otherRecords: number;
  readonly kmsEvents: number;
  /** Second rows of `ReEncrypt`. */
  readonly secondKeys: number;
  readonly usageRows: number;
  readonly duplicates: number;
  readonly folded: number;
  /** Versions that disagree with another of their event: 0, for they count as duplicates. */
  readonly conflicts: number;
  /** KMS events of days that have expired, where there are any: not shown, and taken away by the next expiry run. */
  readonly expired?: number;
  readonly jobEvents: number;
  readonly quarantinedCount: number;
  readonly quarantinedKms: number;
  readonly quarantined: readonly { readonly source: string; readonly reason: string }[];
  /** Files that were found in folders and not read; up to 1,000 of them are listed. */
  readonly leftOutCount: number;
  readonly leftOut: readonly LeftOut[];
  readonly seconds: number;
}

/** Counts what an import has made durable. */
export class ImportTally {
  readonly #counts = noCounts();
  readonly #listed: { source: string; reason: string }[] = [];
  #quarantined = 0;
  #quarantinedKms = 0;
  #unreadable = 0;
  #notRead = 0;
  readonly #leftOut = new LeftOutFiles();
  readonly #changed: string[] = [];

  /** @param leftOut what was left out before anything was read */
  constructor(leftOut: readonly LeftOut[]) {
    for (const each of leftOut) this.#leftOut.add(each);
  }

  add({ counts, quarantined, unreadable, leftOut, changed }: FilesRead): void {
    this.#changed.push(...changed);
    for (const each of leftOut) this.#leftOut.add(each);
    this.#notRead += leftOut.length;
    addReadCounts(this.#counts, counts);
    this.#unreadable += unreadable.length;
    this.#quarantined += quarantined.reduce((sum, { places = 1 }) => sum + places, 0);
    this.#quarantinedKms += quarantined.filter(({ isKms }) => isKms === true).length;
    for (const { source, reason } of quarantined) {
      if (this.#listed.length < LISTED_QUARANTINED) this.#listed.push({ source, reason });
    }
  }

  /** Files read, and those that could not be or were left out then. */
  get filesDone(): number {
    return this.#counts.files + this.#counts.unchangedFiles + this.#unreadable + this.#notRead;
  }

  remarks(): string[] {
    const [first, ...others] = this.#changed;
    if (first === undefined) return this.#leftOut.remarks();
    const more = others.length === 0 ? '' : `, and ${others.length} other files were`;
    return [
      ...this.#leftOut.remarks(),
      `${first} was read before with other bytes${more}: what both held is in the history. See who changes log files.`,
    ];
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
      conflicts: 0,
      ...(expired === 0 ? {} : { expired }),
      quarantinedCount: this.#quarantined,
      quarantinedKms: this.#quarantinedKms,
      quarantined: this.#listed,
      leftOutCount: this.#leftOut.count,
      leftOut: this.#leftOut.listed,
      seconds,
    };
  }
}
