import { itemName } from './item-name.ts';
import type { Item, ItemKey, Table } from './table.ts';

interface Batch {
  readonly keys: Map<string, ItemKey>;
  readonly found: Promise<ReadonlyMap<string, Item>>;
}

/**
 * Reads items with one request for all keys that are asked for in one turn of the event loop. So a caller that
 * needs items of many days asks for each by itself, concurrently, and need not collect keys first.
 */
export class BatchedReads implements Pick<Table, 'get' | 'getAll'> {
  readonly #table: Pick<Table, 'get' | 'getAll'>;
  #batch: Batch | undefined;

  constructor(table: Pick<Table, 'get' | 'getAll'>) {
    this.#table = table;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    this.#batch ??= this.#open();
    const name = itemName(key);
    this.#batch.keys.set(name, key);
    return (await this.#batch.found).get(name);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const distinct = new Map(keys.map((key) => [itemName(key), key]));
    const items = await Promise.all([...distinct.values()].map((key) => this.get(key)));
    return items.filter((item) => item !== undefined);
  }

  #open(): Batch {
    const keys = new Map<string, ItemKey>();
    const found = endOfTurn().then(async () => {
      this.#batch = undefined;
      const [only, ...others] = keys.values();
      const items =
        only === undefined || others.length > 0
          ? await this.#table.getAll([...keys.values()])
          : [await this.#table.get(only)];
      return new Map(items.flatMap((item) => (item === undefined ? [] : [[itemName(item), item]])));
    });
    return { keys, found };
  }
}

/** Resolves when every promise that can go on by now has done so: Node calls `nextTick` after its microtasks. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
