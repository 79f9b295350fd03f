import { KeytrailError } from '../keytrail-error.ts';
import { secureBytes } from '../randomness.ts';
import type { Table } from '../table/table.ts';

const KEY_BYTES = 32;
const place = { pk: 'M', sk: 'access-key-hash' };

/** The key of the keyed hash of access key ids: each history has its own, made when it is first needed. */
export async function accessKeyHashKey(
  table: Table,
  newKey: () => Uint8Array = () => secureBytes(KEY_BYTES),
): Promise<Uint8Array> {
  const stored = (await table.get(place))?.body;
  if (stored !== undefined) return stored;
  await table.putIf({ ...place, version: 1, body: newKey() }, undefined);
  // Another process may have put its own first.
  const made = (await table.get(place))?.body;
  if (made === undefined) {
    throw new KeytrailError(
      'corrupt-item',
      'The key of the access key hashes (pk M, sk access-key-hash) has no body. Restore the table, or the folder of KEYTRAIL_DATA, from a backup.',
    );
  }
  return made;
}
