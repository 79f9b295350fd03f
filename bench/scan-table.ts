import { DatabaseSync } from 'node:sqlite';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { EmbeddedStore } from '../src/embedded/embedded-store.ts';
import { encodeItem } from '../src/table/item-attributes.ts';
import { attributesBytes, kindOf } from './metered-table.ts';

export interface StoredBytes {
  items: number;
  bytes: number;
  readonly byKind: Record<string, { items: number; bytes: number }>;
}

/** DynamoDB bills so many bytes of index for each item on top ("Table size and request sizes", pricing page). */
export const BILLED_OVERHEAD_BYTES = 100;

/** Adds up everything in the table of an embedded store, as DynamoDB would have it. */
export async function storedBytes(store: EmbeddedStore): Promise<StoredBytes> {
  const stored: StoredBytes = { items: 0, bytes: 0, byKind: {} };
  for (const item of scan(store)) {
    const bytes = attributesBytes(item);
    const kind = kindOf(item['pk']?.S ?? '');
    stored.byKind[kind] ??= { items: 0, bytes: 0 };
    const sums = stored.byKind[kind];
    sums.items++;
    sums.bytes += bytes;
    stored.items++;
    stored.bytes += bytes;
  }
  return stored;
}

function* scan({ folder }: EmbeddedStore): Generator<Record<string, AttributeValue>> {
  const database = new DatabaseSync(folder.database, { readOnly: true });
  try {
    for (const row of database.prepare('SELECT pk, sk, version, fields, body FROM items').iterate()) {
      const { pk, sk, version, fields, body } = row;
      yield encodeItem({
        pk: String(pk),
        sk: String(sk),
        ...(version === null ? {} : { version: Number(version) }),
        ...(fields === null ? {} : { fields: JSON.parse(String(fields)) }),
        ...(body instanceof Uint8Array ? { body } : {}),
      });
    }
  } finally {
    database.close();
  }
}
