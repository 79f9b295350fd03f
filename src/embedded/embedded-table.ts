import type { Item, ItemKey, QueryRange, Table } from '../table/table.ts';
import { isOrdinary } from './engine-table.ts';

/**
 * The embedded store's table: by DynamoDB's API, which any process has, and by the shorter way while this process owns
 * the engine. Whichever way, it is the same items.
 */
export class EmbeddedTable implements Table {
  readonly #remote: Table;
  readonly #own: () => Table | undefined;

  /** @param own the engine's own table, while there is one in this process */
  constructor(remote: Table, own: () => Table | undefined) {
    this.#remote = remote;
    this.#own = own;
  }

  get(key: ItemKey): Promise<Item | undefined> {
    return this.#nearest.get(key);
  }

  getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    return this.#nearest.getAll(keys);
  }

  query(pk: string, range?: QueryRange): Promise<Item[]> {
    return this.#nearest.query(pk, range);
  }

  put(item: Item): Promise<void> {
    return this.write([item]);
  }

  putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    return (isOrdinary(item) ? this.#nearest : this.#remote).putIf(item, expected);
  }

  write(puts: readonly Item[], deletes: readonly ItemKey[] = []): Promise<void> {
    // What DynamoDB would refuse is for the engine to refuse in its words.
    return (puts.every(isOrdinary) ? this.#nearest : this.#remote).write(puts, deletes);
  }

  get #nearest(): Table {
    return this.#own() ?? this.#remote;
  }
}
