import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { appendSegments } from '../../history/append.ts';
import { putInQuarantine, type QuarantineEntry } from '../../history/quarantine.ts';
import { sealAll, sweep } from '../../history/seal-day.ts';
import type { Table } from '../../history/table.ts';
import { findLogFiles } from './find-log-files.ts';
import { addReadCounts, noCounts } from './import-counts.ts';
import type { ImportWorkerData, WorkDone, WorkOrder } from './import-worker.ts';

/** Files in an order: their small ones are cheaper handed over together. */
const FILES_IN_ORDER = 8;
const LISTED_QUARANTINED = 1_000;

/** The contract's summary of an import. */
export interface ImportSummary {
  readonly files: number;
  readonly records: number;
  readonly kmsEvents: number;
  readonly usageRows: number;
  readonly duplicates: number;
  readonly folded: number;
  readonly jobEvents: number;
  readonly quarantinedCount: number;
  readonly quarantined: readonly { readonly source: string; readonly reason: string }[];
  readonly seconds: number;
}

export interface ImportResult {
  readonly summary: ImportSummary;
  /** One sentence for each path that could not be read. */
  readonly unreadable: readonly string[];
}

export interface ImportParts {
  readonly table: Table;
  readonly keepLarge: (name: string, bytes: Uint8Array) => Promise<void>;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
  readonly threads?: number;
  readonly onProgress?: (progress: {
    readonly files: number;
    readonly of: number;
    readonly doing: string;
  }) => void;
}

/**
 * Reads log files into a history and seals what they brought. What an interrupted import left is completed by
 * the next, of whatever files: reading a file again changes nothing.
 */
export async function importLogs(paths: readonly string[], parts: ImportParts): Promise<ImportResult> {
  const started = parts.now();
  const { table } = parts;
  const { files, unreadable } = findLogFiles(paths);
  const problems = [...unreadable];
  const counts = noCounts();
  const listed: { source: string; reason: string }[] = [];
  let quarantinedCount = 0;
  let filesDone = 0;
  const origin = randomUUID();
  const takeQuarantined = async (entries: readonly QuarantineEntry[]) => {
    if (entries.length === 0) return;
    quarantinedCount += entries.length;
    for (const { source, reason } of entries) {
      if (listed.length < LISTED_QUARANTINED) listed.push({ source, reason });
    }
    await putInQuarantine(table, entries, parts.keepLarge);
  };
  await readInWorkers(files, {
    hashKey: await accessKeyHashKey(table),
    threads: Math.max(1, Math.min(parts.threads ?? availableParallelism(), files.length)),
    async onDone(done) {
      // Durable before it counts: what is not in the table yet is in the files still.
      await takeQuarantined(done.quarantined);
      await appendSegments(table, done.segments, origin);
      addReadCounts(counts, done.counts);
      problems.push(...done.unreadable);
      filesDone += done.counts.files + done.unreadable.length;
      parts.onProgress?.({ files: filesDone, of: files.length, doing: 'reading' });
    },
  });
  const sealed = await sealAll(table, origin, 'import', (day) =>
    parts.onProgress?.({ files: filesDone, of: files.length, doing: `sealing ${day}` }),
  );
  await sweep(table);
  return {
    unreadable: problems,
    summary: {
      ...counts,
      usageRows: sealed.rows,
      duplicates: sealed.duplicate,
      folded: sealed.folded,
      quarantinedCount,
      quarantined: listed,
      seconds: Math.round(parts.now() - started) / 1000,
    },
  };
}

interface ReadParts {
  readonly hashKey: Uint8Array;
  readonly threads: number;
  readonly onDone: (done: WorkDone) => Promise<void>;
}

async function readInWorkers(files: readonly string[], parts: ReadParts): Promise<void> {
  if (files.length === 0) return;
  const workerData: ImportWorkerData = { hashKey: parts.hashKey };
  const queue = [...files].reverse();
  const runs = Array.from({ length: parts.threads }, () => runWorker(queue, workerData, parts.onDone));
  await Promise.all(runs);
}

async function runWorker(
  queue: string[],
  workerData: ImportWorkerData,
  onDone: (done: WorkDone) => Promise<void>,
): Promise<void> {
  // Beside this file as it is run: in the sources, or in the built package.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./import-worker.${extension}`, import.meta.url), { workerData });
  try {
    for (let isLast = false; !isLast; ) {
      const files = queue.splice(-FILES_IN_ORDER).reverse();
      isLast = files.length === 0;
      await onDone(await ask(worker, { files }));
    }
  } finally {
    await worker.terminate();
  }
}

function ask(worker: Worker, order: WorkOrder): Promise<WorkDone> {
  return new Promise((resolve, reject) => {
    const onMessage = (done: WorkDone) => settle(() => resolve(done));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Error('an import worker ended before its work was done')));
    const settle = (finish: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(order);
  });
}

/** The key of the hash that stands for access key ids: the history's own, made when it is first needed. */
async function accessKeyHashKey(table: Table): Promise<Uint8Array> {
  const key = { pk: 'M', sk: 'access-key-hash' };
  const stored = await table.get(key);
  if (stored?.body !== undefined) return stored.body;
  await table.putIf({ ...key, version: 1, body: randomBytes(32) }, undefined);
  return (await table.get(key))?.body ?? randomBytes(32);
}
