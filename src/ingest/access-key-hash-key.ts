import { KeytrailError } from '../keytrail-error.ts';
import { secureBytes } from '../randomness.ts';
import type { Table } from '../table/table.ts';

const KEY_BYTES = 32;
const place = { pk: 'M', sk: 'access-key-hash' };

/** The key of the hash that stands for access key ids: the history's own, made when it is first needed. */
export async function accessKeyHashKey(
  table: Table,
  newKey: () => Uint8Array = () => secureBytes(KEY_BYTES),
): Promise<Uint8Array> {
  const stored = (await table.get(place))?.body;
  if (stored !== undefined) return stored;
  await table.putIf({ ...place, version: 1, body: newKey() }, undefined);
  // Somebody else's may have come first.
  const made = (await table.get(place))?.body;
  if (made === undefined) {
    throw new KeytrailError(
      'corrupt-item',
      'The key of the access key hashes has no body; restore the table from a backup.',
    );
  }
  return made;
}
