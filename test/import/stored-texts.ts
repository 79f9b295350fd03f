import { zstdDecompressSync } from 'node:zlib';
import type { Item } from '../../src/table/table.ts';
import type { MemoryTable } from '../table/memory-table.ts';

/** RFC 8878 §3.1.1. */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

export interface StoredText {
  readonly item: Item;
  readonly text: string;
}

/**
 * All the text of a table, however its items are encoded: keys, fields, bodies as they are and every zstd
 * frame in them unpacked. Bodies of the quarantine, which are records as they came, are left out.
 */
export function storedTexts(table: MemoryTable): StoredText[] {
  return [...table.items.values()].flatMap((partition) =>
    [...partition.values()].map((item) => ({ item, text: textOf(item) })),
  );
}

function textOf({ pk, sk, fields, body }: Item): string {
  const outside = JSON.stringify([pk, sk, fields]);
  if (body === undefined || pk === 'Q') return outside;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const unpacked: string[] = [];
  for (let at = bytes.indexOf(ZSTD_MAGIC); at !== -1; at = bytes.indexOf(ZSTD_MAGIC, at + 1)) {
    unpacked.push(zstdDecompressSync(bytes.subarray(at)).toString());
  }
  return [outside, bytes.toString('latin1'), ...unpacked].join('\n');
}
