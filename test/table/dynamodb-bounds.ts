import { encodeItem } from '../../src/table/item-attributes.ts';
import type { Item, ItemKey } from '../../src/table/table.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MAX_ITEM_BYTES = 400 * 1024;
const MAX_PARTITION_KEY_BYTES = 2048;
const MAX_SORT_KEY_BYTES = 1024;
/** Not more than 38 digits, in at most 21 bytes. */
const NUMBER_BYTES = 21;

/** @throws Error where DynamoDB refuses an item of this key, which no caller may ask for */
export function checkKey({ pk, sk }: ItemKey): void {
  checkLength('partition key', pk, MAX_PARTITION_KEY_BYTES);
  checkLength('sort key', sk, MAX_SORT_KEY_BYTES);
}

/** @throws Error where DynamoDB refuses this item */
export function checkItem(item: Item): void {
  checkKey(item);
  let bytes = 0;
  for (const [name, value] of Object.entries(encodeItem(item))) {
    bytes += Buffer.byteLength(name);
    if (value.S !== undefined) bytes += Buffer.byteLength(value.S);
    else if (value.B !== undefined) bytes += value.B.length;
    else if (value.N !== undefined) {
      if (!Number.isFinite(Number(value.N))) throw new Error(`DynamoDB takes no number such as ${value.N}`);
      bytes += NUMBER_BYTES;
    } else bytes += 1;
  }
  if (bytes > MAX_ITEM_BYTES)
    throw new Error(`DynamoDB takes no item of ${bytes} bytes: ${item.pk.slice(0, 40)}`);
}

/** @throws Error where one write has a key twice, which a request of DynamoDB may not */
export function checkKeysDiffer(keys: readonly ItemKey[]): void {
  const seen = new Set(keys.map(({ pk, sk }) => JSON.stringify([pk, sk])));
  if (seen.size < keys.length) throw new Error('DynamoDB takes no key twice in one request');
}

function checkLength(what: string, text: string, most: number): void {
  const length = Buffer.byteLength(text);
  if (length === 0 || length > most) throw new Error(`DynamoDB takes no ${what} of ${length} bytes`);
}
