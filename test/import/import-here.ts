import type { OriginCounts } from '../../src/history/append/append.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { readLogFile } from '../../src/import/read-log-file.ts';
import { LogFileReader } from '../../src/ingest/log-file-reader.ts';
import { makeDurable } from '../../src/ingest/make-durable.ts';
import type { ReadCounts } from '../../src/ingest/read-counts.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import type { Item, Table } from '../../src/table/table.ts';
import { readAt } from '../builders/read-at.ts';
import type { MemoryTable } from '../table/memory-table.ts';

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
  const gatherer = new RecordGatherer(HASH_KEY, readAt);
  const reader = new LogFileReader(gatherer);
  for (const path of paths) await reader.read(path, readLogFile);
  const gathered = gatherer.finish();
  const keepLarge = async () => {
    throw new Error('nothing here is as large');
  };
  await makeDurable(gathered, { table, keepLarge }, origin, '0');
  beforeSeal();
  const sealed = await sealAll(table, origin, 'test');
  await sweep(table);
  return { read: gatherer.counts, sealed, quarantined: gathered.quarantined.length };
}

export function itemsOf(table: MemoryTable, pk: string): Item[] {
  return [...(table.items.get(pk)?.values() ?? [])].sort((a, b) => (a.sk < b.sk ? -1 : 1));
}
