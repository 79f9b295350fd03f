import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Segment } from '../../history/append.ts';
import { readPartitions } from '../../history/pointers.ts';
import type { QuarantineEntry } from '../../history/quarantine.ts';
import { sealDay } from '../../history/seal-day.ts';
import { sentenceOf } from './find-log-files.ts';
import { noCounts, type ReadCounts } from './import-counts.ts';
import { LogFileReader } from './log-file-reader.ts';
import { RemoteTable } from './remote-table.ts';

/** Facts that a worker gathers before it hands them over: 15 MB or so. */
const BATCH_ROWS = 50_000;
/** Quarantined records that a worker holds at the most. */
const BATCH_QUARANTINED = 200;

/** To the worker. An order to read no files means to hand over what is left. */
export type WorkOrder =
  | { readonly kind: 'read'; readonly files: readonly string[] }
  | { readonly kind: 'seal'; readonly day: string };

/** From the worker: what it read since the last time. The next order comes when this is durable. */
export interface FilesRead {
  readonly kind: 'read';
  readonly segments: readonly Segment[];
  readonly counts: ReadCounts;
  readonly quarantined: readonly QuarantineEntry[];
  readonly unreadable: readonly string[];
}

export interface DaySealed {
  readonly kind: 'sealed';
}

export interface OrderFailed {
  readonly kind: 'failed';
  readonly error: unknown;
}

export interface ImportWorkerData {
  readonly hashKey: Uint8Array;
  /** Leads to the table. */
  readonly tablePort: MessagePort;
}

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');

const { hashKey, tablePort } = workerData as ImportWorkerData;
const reader = new LogFileReader(hashKey);
const table = new RemoteTable(tablePort);
let partitions: Promise<Set<string>> | undefined;

port.on('message', async (order: WorkOrder) => {
  try {
    if (order.kind === 'read') {
      const done = await readFiles(order.files);
      const bodies = done.segments.map((segment) => segment.body.buffer as ArrayBuffer);
      port.postMessage(done, bodies);
    } else {
      await seal(order.day);
      port.postMessage({ kind: 'sealed' } satisfies DaySealed);
    }
  } catch (error) {
    port.postMessage({ kind: 'failed', error } satisfies OrderFailed);
  }
});

async function readFiles(files: readonly string[]): Promise<FilesRead> {
  const unreadable: string[] = [];
  for (const path of files) {
    try {
      await reader.read(path);
    } catch (error) {
      unreadable.push(sentenceOf(path, error));
    }
  }
  const isFull =
    files.length === 0 || reader.builder.rows >= BATCH_ROWS || reader.quarantined.length >= BATCH_QUARANTINED;
  const done: FilesRead = {
    kind: 'read',
    segments: isFull ? reader.builder.finish() : [],
    counts: reader.counts,
    quarantined: reader.quarantined,
    unreadable,
  };
  reader.counts = noCounts();
  reader.quarantined = [];
  return done;
}

async function seal(day: string): Promise<void> {
  partitions ??= readPartitions(table).then((names) => new Set(names));
  await sealDay(table, day, 'import', await partitions);
}
