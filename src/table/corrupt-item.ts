import { createHash } from 'node:crypto';
import { KeytrailError } from '../keytrail-error.ts';
import type { Item, ItemKey } from './table.ts';

/** The body of an item to be decoded, with the item's key where it lies in a table. */
export type StoredBody = Pick<Item, 'body'> & Partial<ItemKey>;

/** Some sort keys hold text of records: what is not plain, or is long, is shown by its hash. */
const PLAIN = /^[\w.:|#/+~-]{1,200}$/;

/**
 * The error for a stored item that cannot be decoded, which names the item by its keys.
 * @param what begins a sentence: `The root of 2026-03-01`
 */
export function corruptItem(what: string, { pk, sk }: Partial<ItemKey>, cause: unknown): KeytrailError {
  const item = pk === undefined || sk === undefined ? '' : ` ${itemWords({ pk, sk })}`;
  return new KeytrailError(
    'corrupt-item',
    `${what}${item} is damaged. Restore the table, or the folder of KEYTRAIL_DATA, from a backup; or import the logs again with KEYTRAIL_DATA set to a new folder.`,
    { cause },
  );
}

/** An item by its keys, in brackets. */
export function itemWords({ pk, sk }: ItemKey): string {
  return `(pk ${shown(pk)}, sk ${shown(sk)})`;
}

function shown(key: string): string {
  return PLAIN.test(key) ? key : `with SHA-256 ${createHash('sha256').update(key).digest('hex')}`;
}
