import { KeytrailError } from '../../src/keytrail-error.ts';
import type { Item, ItemKey, QueryRange, Table } from '../../src/table/table.ts';
import { checkItem, checkKey, checkKeysDiffer } from './dynamodb-bounds.ts';

/** What happens to one write: whether it is applied, and whether an error is returned. */
export interface Fault {
  readonly isApplied: boolean;
  readonly isReported: boolean;
}

/** The store contract in memory, within DynamoDB's bounds, with a hook that every single write passes. */
export class MemoryTable implements Table {
  readonly items = new Map<string, Map<string, Item>>();
  /** Asked before each write of one item or delete of one key; absent, all goes well. */
  onWrite: ((key: ItemKey) => Fault | Promise<Fault>) | undefined;
  /** Awaited before each read. */
  onRead: (() => Promise<void>) | undefined;
  writes = 0;

  async get(key: ItemKey): Promise<Item | undefined> {
    await this.onRead?.();
    return this.items.get(key.pk)?.get(key.sk);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    await this.onRead?.();
    const found = new Map<string, Item>();
    for (const key of keys) {
      checkKey(key);
      const item = this.items.get(key.pk)?.get(key.sk);
      if (item !== undefined) found.set(JSON.stringify([key.pk, key.sk]), item);
    }
    return [...found.values()];
  }

  async query(pk: string, range: QueryRange = {}): Promise<Item[]> {
    await this.onRead?.();
    const { from, to } = range;
    const items = [...(this.items.get(pk)?.values() ?? [])]
      .filter(
        (item) =>
          (from === undefined || compare(item.sk, from) >= 0) &&
          (to === undefined || compare(item.sk, to) <= 0),
      )
      .sort((a, b) => compare(a.sk, b.sk));
    if (range.descending) items.reverse();
    return range.limit === undefined ? items : items.slice(0, range.limit);
  }

  async put(item: Item): Promise<void> {
    checkItem(item);
    await this.#write(item, () => this.#set(item));
  }

  async putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    checkItem(item);
    await this.onRead?.();
    const isExpected = () => {
      const stored = this.items.get(item.pk)?.get(item.sk);
      return expected === undefined ? stored === undefined : stored?.version === expected;
    };
    if (!isExpected()) return false;
    let hasWon = true;
    await this.#write(item, () => {
      // Another writer may have come between while the hook waited.
      if (isExpected()) this.#set(item);
      else hasWon = false;
    });
    return hasWon;
  }

  async write(puts: readonly Item[], deletes: readonly ItemKey[] = []): Promise<void> {
    checkKeysDiffer([...puts, ...deletes]);
    for (const item of puts) await this.put(item);
    for (const key of deletes) await this.#write(key, () => this.items.get(key.pk)?.delete(key.sk));
  }

  async #write(key: ItemKey, apply: () => void): Promise<void> {
    this.writes++;
    const fault = await this.onWrite?.(key);
    if (fault === undefined || fault.isApplied) apply();
    if (fault?.isReported) throw new KeytrailError('store-unavailable', 'a fault that the test planted');
  }

  #set(item: Item): void {
    let partition = this.items.get(item.pk);
    if (partition === undefined) {
      partition = new Map();
      this.items.set(item.pk, partition);
    }
    partition.set(item.sk, item);
  }
}

/** The order of UTF-8 bytes, which is not that of UTF-16 units. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
