// A thread of built-history.ts: makes days of uses, and seals days.
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { appendSegments, SegmentBuilder } from '../src/history/append.ts';
import { sealDay } from '../src/history/seal-day.ts';
import type { KeyUse } from '../src/kms/key-use.ts';
import { RemoteTable } from '../src/local/import/remote-table.ts';
import { RealisticUses, type UsesOptions } from './realistic-uses.ts';

export interface HistoryWorkerData {
  readonly tablePort: MessagePort;
  readonly options: UsesOptions;
  /** Where the day's rows are laid down beside, as CSV. */
  readonly csvFolder: string;
  /** Every so manyth event id is told, to be asked for. */
  readonly sampleEvery: number;
}

export type HistoryOrder =
  | { readonly kind: 'make'; readonly day: number }
  | { readonly kind: 'seal'; readonly day: string };

export interface HistoryDone {
  readonly rows: number;
  readonly eventIds: readonly string[];
}

const BATCH_ROWS = 50_000;

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');
const { tablePort, options, csvFolder, sampleEvery } = workerData as HistoryWorkerData;
const table = new RemoteTable(tablePort);
const uses = new RealisticUses(options);

port.on('message', async (order: HistoryOrder) => {
  if (order.kind === 'make') port.postMessage(await makeDay(order.day));
  else port.postMessage(await seal(order.day));
});

async function makeDay(day: number): Promise<HistoryDone> {
  const builder = new SegmentBuilder();
  const eventIds: string[] = [];
  let rows = 0;
  const csv = openSync(join(csvFolder, `${String(day).padStart(3, '0')}.csv`), 'w');
  try {
    for (const hour of uses.day(day)) {
      const lines: string[] = [];
      for (const use of hour) {
        builder.add(use);
        lines.push(csvLine(use));
        if (rows++ % sampleEvery === 0) eventIds.push(use.eventId);
      }
      writeSync(csv, lines.join(''));
      if (builder.rows >= BATCH_ROWS) await appendSegments(table, builder.finish(), 'bench');
    }
  } finally {
    closeSync(csv);
  }
  await appendSegments(table, builder.finish(), 'bench');
  return { rows, eventIds };
}

async function seal(day: string): Promise<HistoryDone> {
  await sealDay(table, day, 'import');
  return { rows: 0, eventIds: [] };
}

/** The members of an answer's row, in the order of the table of `duckdb-rows.ts`. */
function csvLine(use: KeyUse): string {
  const { principal, encryptionContext } = use;
  const context =
    encryptionContext === undefined ? '' : JSON.stringify(encryptionContext).replaceAll('"', '""');
  return `${use.eventTimeMs},${use.eventId},${use.accountId ?? ''},${use.region ?? ''},${use.keyArn ?? ''},${
    use.operation
  },${use.category},${use.outcome},${use.errorCode ?? ''},${principal.id ?? ''},${principal.type},${
    principal.accountId ?? ''
  },${principal.session ?? ''},${principal.via ?? ''},${use.sourceIp ?? ''},"${use.userAgent ?? ''}","${context}"\n`;
}
