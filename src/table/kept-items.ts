import { LRUCache } from 'lru-cache';
import type { Item, ItemKey, QueryRange, Table } from './table.ts';

/** Chunks, runs of the event index, roots, pages, ties: written once, under names that are never used again. */
const WRITTEN_ONCE = /^[CIRPT]#/;

const KEPT_BYTES = 48 * 1024 * 1024;

/**
 * A table to whoever looks at the same days again and again: items that are written once, and asked for by name, are read
 * once. One that a sweep took away meanwhile may still be found here, as by a reader that was faster than the sweep.
 */
export class KeptItems implements Table {
  readonly #table: Table;
  readonly #kept = new LRUCache<string, Item>({ maxSize: KEPT_BYTES });

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
    for (const [name, key] of new Map(keys.map((one) => [nameOf(one), one]))) {
      const item = this.#kept.get(name);
      if (item === undefined) missing.push(key);
      else found.push(item);
    }
    if (missing.length === 0) return found;
    for (const item of await this.#table.getAll(missing)) {
      found.push(item);
      if (!WRITTEN_ONCE.test(item.pk)) continue;
      this.#kept.set(nameOf(item), item, { size: 200 + (item.body?.length ?? 0) });
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

function nameOf({ pk, sk }: ItemKey): string {
  return `${pk.length} ${pk}${sk}`;
}
