import { appendSegments } from '../../../src/history/append.ts';
import { putInQuarantine } from '../../../src/history/quarantine.ts';
import { sealAll } from '../../../src/history/seal-day.ts';
import type { OriginCounts } from '../../../src/history/seal-plan.ts';
import { sweep } from '../../../src/history/sweep.ts';
import type { Item, Table } from '../../../src/history/table.ts';
import type { ReadCounts } from '../../../src/local/import/import-counts.ts';
import { LogFileReader } from '../../../src/local/import/log-file-reader.ts';
import type { MemoryTable } from '../../history/memory-table.ts';

const HASH_KEY = Buffer.alloc(32, 7);

export interface ImportedHere {
  readonly read: ReadCounts;
  readonly sealed: OriginCounts;
  readonly quarantined: number;
}

/** What an import does, without threads of its own. */
export async function importHere(
  table: Table,
  paths: readonly string[],
  origin: string,
  beforeSeal: () => void = () => {},
): Promise<ImportedHere> {
  const reader = new LogFileReader(HASH_KEY);
  for (const path of paths) await reader.read(path);
  await putInQuarantine(table, reader.quarantined, async () => {
    throw new Error('nothing here is as large');
  });
  await appendSegments(table, reader.builder.finish(), origin, '0');
  beforeSeal();
  const sealed = await sealAll(table, origin, 'test');
  await sweep(table);
  return { read: reader.counts, sealed, quarantined: reader.quarantined.length };
}

export function itemsOf(table: MemoryTable, pk: string): Item[] {
  return [...(table.items.get(pk)?.values() ?? [])].sort((a, b) => (a.sk < b.sk ? -1 : 1));
}
