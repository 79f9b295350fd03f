import { boundedName } from '../../table/content-name.ts';
import type { Table } from '../../table/table.ts';
import { dayOf } from '../../utc-time.ts';

/** When a principal was first seen on a key. Stored as one item, whose time only ever moves back. */
export interface FirstSeen {
  /** The key's ARN, or its reference where no ARN is known. */
  readonly keyName: string;
  readonly principalId: string;
  /** Epoch milliseconds. */
  readonly firstMs: number;
}

const pkOf = (keyName: string) => `seen#${boundedName(keyName)}`;

/** Requests for different items that run at once. */
const REQUESTS_AT_A_TIME = 32;

/**
 * Since when each principal has been seen on each key. A key is learned for some time from its first use; a principal
 * first seen after that is new on the key. What was read is kept. Another process can only move a time back, and
 * then invalidates the days that depend on it.
 */
export class FirstSeenIndex {
  readonly #table: Table;
  readonly learningMs: number;
  /** By key, the items by their sort keys. */
  readonly #keys = new Map<string, Map<string, { readonly firstMs: number; readonly version: number }>>();

  /** @param learningMs how long a key is learned from its first use, milliseconds */
  constructor(table: Table, learningMs: number) {
    this.#table = table;
    this.learningMs = learningMs;
  }

  /** Reads the items of keys that were not read before. */
  async load(keyNames: Iterable<string>): Promise<void> {
    const missing = [...new Set(keyNames)].filter((keyName) => !this.#keys.has(keyName));
    for (let start = 0; start < missing.length; start += REQUESTS_AT_A_TIME) {
      const some = missing.slice(start, start + REQUESTS_AT_A_TIME);
      await Promise.all(some.map((keyName) => this.#read(keyName)));
    }
  }

  /** For a loaded key; undefined when the principal has not been seen on it. Epoch milliseconds. */
  firstMs(keyName: string, principalId: string): number | undefined {
    return this.#keys.get(keyName)?.get(boundedName(principalId))?.firstMs;
  }

  /** When the learning of a loaded key ends, epoch milliseconds; infinity for a key without any use. */
  learnedMs(keyName: string): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { firstMs } of this.#keys.get(keyName)?.values() ?? []) first = Math.min(first, firstMs);
    return first + this.learningMs;
  }

  /**
   * Records principals seen in uses that are durable.
   * @returns days on which a principal may have become new, or stopped being new
   */
  async record(seen: readonly FirstSeen[]): Promise<ReadonlySet<string>> {
    await this.load(seen.map(({ keyName }) => keyName));
    const touched = new Set<string>();
    for (const [keyName, list] of Map.groupBy(seen, (one) => one.keyName)) {
      const learnedBefore = this.learnedMs(keyName);
      const earlier = list.filter(
        ({ principalId, firstMs }) =>
          firstMs < (this.firstMs(keyName, principalId) ?? Number.POSITIVE_INFINITY),
      );
      for (let start = 0; start < earlier.length; start += REQUESTS_AT_A_TIME) {
        const some = earlier.slice(start, start + REQUESTS_AT_A_TIME);
        const before = await Promise.all(some.map((one) => this.#lower(one)));
        for (const firstMs of before) if (firstMs !== undefined) touched.add(dayOf(firstMs));
      }
      const learned = this.learnedMs(keyName);
      if (learned >= learnedBefore) continue;
      for (const { firstMs } of this.#keys.get(keyName)?.values() ?? []) {
        if (firstMs >= learned && firstMs < learnedBefore) touched.add(dayOf(firstMs));
      }
    }
    return touched;
  }

  /** @returns the time that was stored before, if any */
  async #lower({ keyName, principalId, firstMs }: FirstSeen): Promise<number | undefined> {
    const sk = boundedName(principalId);
    const ofKey = this.#keys.get(keyName) ?? new Map();
    this.#keys.set(keyName, ofKey);
    for (;;) {
      const known = ofKey.get(sk);
      if (known !== undefined && known.firstMs <= firstMs) return undefined;
      const item = {
        pk: pkOf(keyName),
        sk,
        version: (known?.version ?? 0) + 1,
        fields: { first: firstMs },
      };
      if (await this.#table.putIf(item, known?.version)) {
        ofKey.set(sk, { firstMs, version: item.version });
        return known?.firstMs;
      }
      await this.#read(keyName);
    }
  }

  async #read(keyName: string): Promise<void> {
    const items = await this.#table.query(pkOf(keyName));
    const read = items.map(
      ({ sk, version = 0, fields }) => [sk, { firstMs: Number(fields?.['first']), version }] as const,
    );
    const ofKey = this.#keys.get(keyName);
    if (ofKey === undefined) this.#keys.set(keyName, new Map(read));
    else for (const [sk, one] of read) ofKey.set(sk, one);
  }
}
