import { createHash } from 'node:crypto';
import type { QuarantineCode } from '../cloudtrail/quarantined.ts';
import type { Item, ItemKey, Table } from '../table/table.ts';
import { isOfKmsAlone } from './is-kms-fault.ts';

/** Bytes up to this stand in the item itself; larger ones are kept beside the table. */
const LARGEST_QUARANTINED_ITEM_BYTES = 256 * 1024;

/** A received record, or part of a file, that could not be understood. */
export interface QuarantineEntry {
  /** Where it came from: `path#record`, or the path alone where it concerns the whole file. */
  readonly source: string;
  readonly code: QuarantineCode | 'cut-short' | 'gone' | 'not-a-log-file' | 'not-a-notification';
  /** One sentence for a person; holds no text of the record. */
  readonly reason: string;
  /** Where it starts in the source, in bytes, uncompressed. */
  readonly offset?: number;
  /** Hex of the SHA-256 of its bytes as they came. */
  readonly sha256?: string;
  /** How many records or parts of the source it stands for; one if absent. */
  readonly places?: number;
  /** Whether it is a record of KMS. */
  readonly isKms?: true;
  /**
   * Its bytes, of records of KMS and what was made of them: of others what is not the contract's to keep might be among
   * them. A keyed hash stands for an access key id.
   */
  readonly bytes?: Uint8Array;
}

export function quarantineEntry(
  source: string,
  code: QuarantineEntry['code'],
  reason: string,
  bytes: Buffer,
  offset: number,
  isKms: boolean,
): QuarantineEntry {
  return {
    source,
    code,
    reason,
    offset,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...(isKms ? { isKms } : {}),
    // The scanner's view is good for its call only.
    ...(isKms || isOfKmsAlone(bytes) ? { bytes: Uint8Array.from(bytes) } : {}),
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

/** An entry as it is kept. */
export interface QuarantinedItem {
  readonly key: ItemKey;
  /** Short, and the same for the same thing of the same source. */
  readonly id: string;
  readonly source: string;
  readonly code: string;
  readonly reason: string;
  readonly offset?: number;
  readonly sha256?: string;
  readonly bytes?: Uint8Array;
  /** The name of its bytes where they are too large for an item. */
  readonly kept?: string;
}

/** Items read at a time: each may hold a quarter of a megabyte. */
const ITEMS_AT_A_TIME = 50;

/** Everything in quarantine, in the order of its ids; what comes meanwhile may be left out. */
export async function* quarantinedItems(table: Table): AsyncGenerator<QuarantinedItem, void> {
  for (let from = ''; ; ) {
    const items = await table.query('Q', { limit: ITEMS_AT_A_TIME, ...(from === '' ? {} : { from }) });
    // The range begins with the last of the one before, which may be gone by now.
    for (const item of items) if (item.sk !== from) yield quarantinedItem(item);
    const last = items.at(-1);
    if (items.length < ITEMS_AT_A_TIME || last === undefined) return;
    from = last.sk;
  }
}

function quarantinedItem({ pk, sk, body, fields = {} }: Item): QuarantinedItem {
  const text = (name: string) => String(fields[name] ?? '');
  const { offset, sha256, kept } = fields;
  return {
    key: { pk, sk },
    id: sk,
    source: text('source'),
    code: text('code'),
    reason: text('reason'),
    ...(typeof offset === 'number' ? { offset } : {}),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
    ...(body === undefined ? {} : { bytes: body }),
    ...(typeof kept === 'string' ? { kept } : {}),
  };
}
