import { LRUCache } from 'lru-cache';
import { itemName } from './item-name.ts';
import type { Item, ItemKey, QueryRange, Table } from './table.ts';

/** Chunks, the event index, roots, pages, dependencies: written once, under names that are never used again. */
const WRITTEN_ONCE = /^[CIRPT]#/;

const CACHE_BYTES = 48 * 1024 * 1024;

/**
 * A table for a process that reads the same days again and again: it keeps the items that are written once and are read by
 * their keys. It may still answer one that a sweep has deleted since, like a reader that was faster than the sweep.
 */
export class CachedTable implements Table {
  readonly #table: Table;
  readonly #cached = new LRUCache<string, Item>({ maxSize: CACHE_BYTES });

  constructor(table: Table) {
    this.#table = table;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    const [item] = WRITTEN_ONCE.test(key.pk) ? await this.getAll([key]) : [await this.#table.get(key)];
    return item;
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const found: Item[] = [];
    const missing: ItemKey[] = [];
    for (const [name, key] of new Map(keys.map((one) => [itemName(one), one]))) {
      const item = this.#cached.get(name);
      if (item === undefined) missing.push(key);
      else found.push(item);
    }
    if (missing.length === 0) return found;
    for (const item of await this.#table.getAll(missing)) {
      found.push(item);
      if (!WRITTEN_ONCE.test(item.pk)) continue;
      this.#cached.set(itemName(item), item, { size: 200 + (item.body?.length ?? 0) });
    }
    return found;
  }

  query(pk: string, range?: QueryRange): Promise<Item[]> {
    return this.#table.query(pk, range);
  }

  put(item: Item): Promise<void> {
    return this.#table.put(item);
  }

  putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    return this.#table.putIf(item, expected);
  }

  write(puts: readonly Item[], deletes?: readonly ItemKey[]): Promise<void> {
    return this.#table.write(puts, deletes);
  }
}
