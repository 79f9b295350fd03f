// A thread of built-history.ts: makes days of uses, seals days, and lays them down as they are answered.
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { appendSegments, SegmentBuilder } from '../src/history/append/append.ts';
import { History } from '../src/history/query/history.ts';
import { newSealerMemory, type SealerMemory, sealDay } from '../src/history/seal/seal-day.ts';
import { RemoteTable } from '../src/import/remote-table.ts';
import type { KeyUse } from '../src/kms/key-use.ts';
import { HOUR_MS } from '../src/utc-time.ts';
import { RealisticUses, type UsesOptions } from './realistic-uses.ts';

export interface HistoryWorkerData {
  readonly tablePort: MessagePort;
  readonly options: UsesOptions;
  /** Where days are laid down. */
  readonly csvFolder: string;
  /** Every so manyth event id is told, to be asked for. */
  readonly sampleEvery: number;
}

export type HistoryOrder =
  | { readonly kind: 'make'; readonly day: number }
  | { readonly kind: 'seal'; readonly day: string }
  /** Of a sealed day: its rows as CSV, each with its jobs. */
  | { readonly kind: 'lay down'; readonly day: number };

export interface HistoryDone {
  readonly rows: number;
  readonly eventIds: readonly string[];
}

const BATCH_ROWS = 50_000;
const NOTHING: HistoryDone = { rows: 0, eventIds: [] };

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');
const { tablePort, options, csvFolder, sampleEvery } = workerData as HistoryWorkerData;
const table = new RemoteTable(tablePort);
const uses = new RealisticUses(options);

const history = new History(table);
let memory: Promise<SealerMemory> | undefined;

port.on('message', async (order: HistoryOrder) => {
  port.postMessage(await done(order));
});

async function done(order: HistoryOrder): Promise<HistoryDone> {
  switch (order.kind) {
    case 'make':
      return makeDay(order.day);
    case 'seal':
      memory ??= newSealerMemory(table);
      await sealDay(table, order.day, 'import', await memory);
      return NOTHING;
    case 'lay down':
      await layDown(order.day);
      return NOTHING;
    default:
      return order satisfies never;
  }
}

async function makeDay(day: number): Promise<HistoryDone> {
  const builder = new SegmentBuilder();
  const eventIds: string[] = [];
  let rows = 0;
  for (const hour of uses.day(day)) {
    for (const use of hour) {
      builder.add(use);
      if (rows++ % sampleEvery === 0) eventIds.push(use.eventId);
    }
    if (builder.rows >= BATCH_ROWS) await appendSegments(table, builder.finish(), 'bench');
  }
  await appendSegments(table, builder.finish(), 'bench');
  return { rows, eventIds };
}

async function layDown(day: number): Promise<void> {
  const csv = openSync(join(csvFolder, `${String(day).padStart(3, '0')}.csv`), 'w');
  try {
    for (let hour = day * 24; hour < (day + 1) * 24; hour++) {
      const jobs = await answeredJobs(options.startMs + hour * HOUR_MS);
      const lines = uses.hour(hour).map((use) => {
        const ofUse = jobs.get(use.eventId);
        if (ofUse === undefined) throw new Error(`the history does not answer ${use.eventId}`);
        return csvLine(use, ofUse);
      });
      writeSync(csv, lines.join(''));
    }
  } finally {
    closeSync(csv);
  }
}

/** The jobs that the history answers for each event of an hour: ARNs with `|` between them. */
async function answeredJobs(fromMs: number): Promise<Map<string, string>> {
  const jobs = new Map<string, string>();
  const filter = { fromMs, toMs: fromMs + HOUR_MS };
  let cursor: string | undefined;
  do {
    const page = await history.usage(filter, {
      order: 'asc',
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { eventId, attribution } of page.items) {
      jobs.set(eventId, attribution.jobs.map(({ arn }) => arn).join('|'));
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return jobs;
}

/** The members of an answer's row, in the order of the table of `duckdb-rows.ts`. */
function csvLine(use: KeyUse, jobs: string): string {
  const { principal, encryptionContext } = use;
  const context =
    encryptionContext === undefined ? '' : JSON.stringify(encryptionContext).replaceAll('"', '""');
  return `${use.eventTimeMs},${use.eventId},${use.accountId ?? ''},${use.region ?? ''},${use.keyArn ?? ''},${
    use.operation
  },${use.category},${use.outcome},${use.errorCode ?? ''},${principal.id ?? ''},${principal.type},${
    principal.accountId ?? ''
  },${principal.session ?? ''},${principal.via ?? ''},${use.sourceIp ?? ''},"${use.userAgent ?? ''}","${context}",${jobs}\n`;
}
