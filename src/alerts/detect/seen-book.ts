import { boundedName } from '../../table/content-name.ts';
import type { Table } from '../../table/table.ts';
import { dayOf } from '../../utc-time.ts';

/** When a principal was first seen on a key: one item for each, of which only the time ever changes, and only back. */
export interface FirstSeen {
  /** The key's partition. */
  readonly partition: string;
  readonly principalId: string;
  /** Epoch milliseconds. */
  readonly firstMs: number;
}

const pkOf = (partition: string) => `seen#${boundedName(partition)}`;

/**
 * Who has been seen on which key since when. A key is learned for some time from its first use; who comes later is new
 * on it. Keeps what it has read: others only ever move a time back, and what follows of that is asked again.
 */
export class SeenBook {
  readonly #table: Table;
  readonly learningMs: number;
  /** By partition, the items by their sort keys. */
  readonly #keys = new Map<string, Map<string, { readonly firstMs: number; readonly version: number }>>();

  constructor(table: Table, learningMs: number) {
    this.#table = table;
    this.learningMs = learningMs;
  }

  async load(partitions: Iterable<string>): Promise<void> {
    const missing = [...new Set(partitions)].filter((partition) => !this.#keys.has(partition));
    // So many at once: each is a request of its own.
    for (let start = 0; start < missing.length; start += 32) {
      await Promise.all(missing.slice(start, start + 32).map((partition) => this.#read(partition)));
    }
  }

  /** Of a loaded key; undefined where the principal has not been seen on it. */
  firstMs(partition: string, principalId: string): number | undefined {
    return this.#keys.get(partition)?.get(boundedName(principalId))?.firstMs;
  }

  /** When the learning of a loaded key ends; of a key that nobody used yet, never. Epoch milliseconds. */
  learnedMs(partition: string): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { firstMs } of this.#keys.get(partition)?.values() ?? []) first = Math.min(first, firstMs);
    return first + this.learningMs;
  }

  /**
   * Tells who was seen, by uses that are durable.
   * @returns days, of those told earlier, on which somebody may be new now or no longer
   */
  async tell(seen: readonly FirstSeen[]): Promise<ReadonlySet<string>> {
    await this.load(seen.map(({ partition }) => partition));
    const touched = new Set<string>();
    for (const [partition, list] of Map.groupBy(seen, (one) => one.partition)) {
      const learnedBefore = this.learnedMs(partition);
      const late = list.filter(
        ({ principalId, firstMs }) =>
          firstMs < (this.firstMs(partition, principalId) ?? Number.POSITIVE_INFINITY),
      );
      for (let start = 0; start < late.length; start += 32) {
        const some = late.slice(start, start + 32);
        const before = await Promise.all(some.map((one) => this.#lower(one)));
        for (const firstMs of before) if (firstMs !== undefined) touched.add(dayOf(firstMs));
      }
      const learned = this.learnedMs(partition);
      if (learned >= learnedBefore) continue;
      for (const { firstMs } of this.#keys.get(partition)?.values() ?? []) {
        if (firstMs >= learned && firstMs < learnedBefore) touched.add(dayOf(firstMs));
      }
    }
    return touched;
  }

  /** @returns the time that was there before, where there was one */
  async #lower({ partition, principalId, firstMs }: FirstSeen): Promise<number | undefined> {
    const sk = boundedName(principalId);
    const ofKey = this.#keys.get(partition) ?? new Map();
    this.#keys.set(partition, ofKey);
    for (;;) {
      const known = ofKey.get(sk);
      if (known !== undefined && known.firstMs <= firstMs) return undefined;
      const item = {
        pk: pkOf(partition),
        sk,
        version: (known?.version ?? 0) + 1,
        fields: { first: firstMs },
      };
      if (await this.#table.putIf(item, known?.version)) {
        ofKey.set(sk, { firstMs, version: item.version });
        return known?.firstMs;
      }
      await this.#read(partition);
    }
  }

  async #read(partition: string): Promise<void> {
    const items = await this.#table.query(pkOf(partition));
    const read = items.map(
      ({ sk, version = 0, fields }) => [sk, { firstMs: Number(fields?.['first']), version }] as const,
    );
    const ofKey = this.#keys.get(partition);
    if (ofKey === undefined) this.#keys.set(partition, new Map(read));
    else for (const [sk, one] of read) ofKey.set(sk, one);
  }
}
