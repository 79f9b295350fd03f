export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** One DynamoDB item. `body` and `fields` share its 400 KB. */
export interface Item extends ItemKey {
  /** Present on the few items that change in place; see `Table.putIf`. */
  readonly version?: number;
  readonly body?: Uint8Array;
  /** Small readable attributes. The names `pk`, `sk`, `v`, `b` and `w` are taken. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

export interface QueryRange {
  /** Inclusive sort keys; either end may be open. */
  readonly from?: string;
  readonly to?: string;
  readonly descending?: boolean;
  /** At most so many items; all of them when absent. */
  readonly limit?: number;
}

/**
 * The store contract: what the history needs of one DynamoDB table with a partition key `pk` and a sort key
 * `sk`, both strings. Every engine passes `test/history/table-contract.ts`.
 *
 * - A write is durable when its promise has resolved. One that rejected may have been applied or not; every
 *   caller is written so that doing it again is harmless.
 * - Reads are strongly consistent: they see every write that resolved before they were called.
 * - `query` answers in the order of the sort key's UTF-8 bytes.
 * - `putIf` is the only conditional write, `put` and `write` the only others: no transactions, no
 *   increments, no streams, no secondary index, so that the same code runs on every engine.
 * - Throttling and lost answers are retried inside; what is left is a `KeytrailError` `store-unavailable`.
 */
export interface Table {
  get(key: ItemKey): Promise<Item | undefined>;
  /** The items that exist among `keys`, in any order. Any number of keys; duplicates are read once. */
  getAll(keys: readonly ItemKey[]): Promise<Item[]>;
  query(pk: string, range?: QueryRange): Promise<Item[]>;
  put(item: Item): Promise<void>;
  /**
   * Puts `item` if the stored version is `expected` (`undefined`: if there is none).
   * Answers whether it was put; false means somebody else's write came first. An answer that was lost is
   * settled by reading back, so true and false are both reliable.
   */
  putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean>;
  /** Puts and deletes any number of items, in no order, not atomically. No key may occur twice. */
  write(puts: readonly Item[], deletes?: readonly ItemKey[]): Promise<void>;
}

/** What nothing can lie in: DynamoDB does not answer such a question but refuses it. */
export function isEmptyRange({ from, to, limit }: QueryRange): boolean {
  if (limit !== undefined && limit <= 0) return true;
  if (to === '') return true;
  return from !== undefined && to !== undefined && Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0;
}
