import type { KeyUse } from '../kms/key-use.ts';
import type { QuarantineEntry } from './quarantine.ts';
import type { ReadCounts } from './read-counts.ts';

/** What became of the records that came, by the sums of an import. */
export interface Balance extends Omit<ReadCounts, 'files' | 'unchangedFiles'> {
  /** Second uses of `ReEncrypt`. */
  readonly secondKeys: number;
  readonly quarantinedKms: number;
  /** Records that no sum accounts for: 0 unless there is a fault in Keytrail. */
  readonly unaccounted: number;
}

/** Counts uses and quarantined entries, and compares them with what was read. */
export class Balancing {
  #uses = 0;
  #secondKeys = 0;
  #quarantined = 0;
  #quarantinedKms = 0;

  addUse({ keyRole }: Pick<KeyUse, 'keyRole'>): void {
    this.#uses += 1;
    if (keyRole === 'destination') this.#secondKeys += 1;
  }

  addQuarantined(entries: readonly QuarantineEntry[]): void {
    for (const { places = 1, isKms } of entries) {
      this.#quarantined += places;
      if (isKms === true) this.#quarantinedKms += places;
    }
  }

  balance({ files: _, unchangedFiles: __, ...counts }: ReadCounts): Balance {
    const { records, kmsEvents, jobEvents, otherRecords } = counts;
    const others = this.#quarantined - this.#quarantinedKms;
    const secondKeys = this.#secondKeys;
    return {
      ...counts,
      secondKeys,
      quarantinedKms: this.#quarantinedKms,
      unaccounted:
        Math.abs(records - kmsEvents - jobEvents - otherRecords - others) +
        Math.abs(kmsEvents + secondKeys - this.#uses - this.#quarantinedKms),
    };
  }
}
