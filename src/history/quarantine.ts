import { createHash } from 'node:crypto';
import type { QuarantineCode } from '../cloudtrail/parsed-event.ts';
import type { Item, Table } from './table.ts';

/** Bytes up to this stand in the item itself; larger ones are kept beside the table. */
const LARGEST_QUARANTINED_ITEM_BYTES = 256 * 1024;

/** Something that came in and could not be understood. */
export interface QuarantineEntry {
  /** Where it came from: `path#record`, or the path alone where it concerns the whole file. */
  readonly source: string;
  readonly code: QuarantineCode | 'cut-short' | 'gone';
  /** One sentence for a person; holds no text of the record. */
  readonly reason: string;
  /** Where it starts in the source, in bytes, uncompressed. */
  readonly offset?: number;
  /** Hex of the SHA-256 of its bytes. */
  readonly sha256?: string;
  /** Its bytes, of KMS records only: of others what is not the contract's to keep might be among them. */
  readonly bytes?: Uint8Array;
}

export function quarantineEntry(
  source: string,
  code: QuarantineEntry['code'],
  reason: string,
  bytes: Uint8Array,
  offset: number,
  isKms: boolean,
): QuarantineEntry {
  return {
    source,
    code,
    reason,
    offset,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    // The scanner's view is good for its call only.
    ...(isKms ? { bytes: Uint8Array.from(bytes) } : {}),
  };
}

/**
 * Makes entries durable. The same entry of the same source is the same item, so that reading a file again
 * quarantines nothing twice.
 * @param keepLarge puts bytes too large for an item somewhere durable, under a name
 */
export async function putInQuarantine(
  table: Table,
  entries: readonly QuarantineEntry[],
  keepLarge: (name: string, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const items = new Map<string, Item>();
  for (const entry of entries) {
    const sk = createHash('sha256')
      .update(JSON.stringify([entry.source, entry.offset ?? null, entry.sha256 ?? null, entry.code]))
      .digest('hex')
      .slice(0, 40);
    const { bytes } = entry;
    const isLarge = bytes !== undefined && bytes.length > LARGEST_QUARANTINED_ITEM_BYTES;
    if (isLarge) await keepLarge(sk, bytes);
    items.set(sk, {
      pk: 'Q',
      sk,
      ...(bytes === undefined || isLarge ? {} : { body: bytes }),
      fields: {
        source: entry.source.slice(0, 4096),
        code: entry.code,
        reason: entry.reason,
        ...(entry.offset === undefined ? {} : { offset: entry.offset }),
        ...(entry.sha256 === undefined ? {} : { sha256: entry.sha256 }),
        ...(isLarge ? { kept: sk } : {}),
      },
    });
  }
  await table.write([...items.values()]);
}
