import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { OriginCounts } from '../history/append/append.ts';
import { sealAll } from '../history/seal/seal-day.ts';
import { sweep } from '../history/seal/sweep.ts';
import { accessKeyHashKey } from '../ingest/access-key-hash-key.ts';
import { type Keeping, makeDurable } from '../ingest/make-durable.ts';
import type { QuarantineEntry } from '../ingest/quarantine.ts';
import { addReadCounts, noCounts } from '../ingest/read-counts.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { newUuid } from '../randomness.ts';
import { countLateEvents } from '../retention/late-facts.ts';
import { type ObjectStore, type ObjectStoreOptions, openObjectStore } from '../s3/object-store.ts';
import { isObjectUrl } from '../s3/object-url.ts';
import type { Table } from '../table/table.ts';
import { findLogs } from './find-logs.ts';
import type {
  DaySealed,
  FilesRead,
  ImportWorkerData,
  OrderFailed,
  WorkersTable,
  WorkOrder,
} from './import-worker.ts';
import { serveObjects } from './remote-objects.ts';
import { serveTable } from './remote-table.ts';

/** Files in an order: their small ones are cheaper handed over together. */
const FILES_IN_ORDER = 64;
const LISTED_QUARANTINED = 1_000;
/**
 * What a worker makes it throws away at once: a young generation that fits a processor's cache is collected
 * faster than V8's own, and does not grow.
 */
const YOUNG_GENERATION_MB = 12;

/** The contract's summary of an import. */
export interface ImportSummary {
  readonly files: number;
  readonly records: number;
  readonly kmsEvents: number;
  readonly usageRows: number;
  readonly duplicates: number;
  readonly folded: number;
  /** KMS events of days that have expired, where there are any: not shown, and taken away by the next expiry run. */
  readonly expired?: number;
  readonly jobEvents: number;
  readonly quarantinedCount: number;
  readonly quarantined: readonly { readonly source: string; readonly reason: string }[];
  readonly seconds: number;
}

export interface ImportResult {
  readonly summary: ImportSummary;
  /** One sentence for each path that could not be read. */
  readonly unreadable: readonly string[];
  /** One sentence for each path that had nothing in it to import. */
  readonly remarks: readonly string[];
}

export interface ImportParts extends Keeping {
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
  readonly threads?: number;
  /** Names this import among all there will ever be; random UUIDs when absent. */
  readonly newOrigin?: () => string;
  /** Folder of the embedded store that `table` is of, where it is: each thread opens it itself. */
  readonly dataFolder?: string;
  /** How S3 is spoken to; as AWS's own when absent. */
  readonly objects?: ObjectStoreOptions;
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
  // Loads the client of S3: only who needs it waits for that.
  const objects = paths.some(isObjectUrl)
    ? await openObjectStore(parts.objects ?? { isPathStyle: false })
    : undefined;
  try {
    return await importFrom(paths, objects, parts, started);
  } finally {
    objects?.close();
  }
}

async function importFrom(
  paths: readonly string[],
  objects: ObjectStore | undefined,
  parts: ImportParts,
  started: number,
): Promise<ImportResult> {
  const { table } = parts;
  const { files, unreadable, remarks } = await findLogs(paths, objects, (of) =>
    parts.onProgress?.({ files: 0, of, doing: 'listing' }),
  );
  const problems = [...unreadable];
  const counts = noCounts();
  const listed: { source: string; reason: string }[] = [];
  let quarantinedCount = 0;
  let quarantinedKms = 0;
  let filesDone = 0;
  let batches = 0;
  const { newOrigin = newUuid } = parts;
  const origin = newOrigin();
  const countQuarantined = (entries: readonly QuarantineEntry[]) => {
    quarantinedCount += entries.length;
    quarantinedKms += entries.filter(({ bytes }) => bytes !== undefined).length;
    for (const { source, reason } of entries) {
      if (listed.length < LISTED_QUARANTINED) listed.push({ source, reason });
    }
  };
  const workers = await startWorkers(parts, objects);
  let sealed: OriginCounts;
  try {
    await readFiles(files, workers, async (done) => {
      // Durable before it counts: what is not in the table yet is in the files still.
      await makeDurable(done, parts, origin, String(batches++));
      countQuarantined(done.quarantined);
      addReadCounts(counts, done.counts);
      problems.push(...done.unreadable);
      filesDone += done.counts.files + done.unreadable.length;
      parts.onProgress?.({ files: filesDone, of: files.length, doing: 'reading' });
    });
    const idle = [...workers];
    sealed = await sealAll(table, origin, 'import', {
      parallel: workers.length,
      async sealOne(day) {
        const worker = idle.pop() as ImportWorker;
        const answer = await worker.ask({ kind: 'seal', day });
        idle.push(worker);
        if (answer.kind !== 'sealed') throw new Error('an import worker answered another order');
      },
      onDay: (day) => parts.onProgress?.({ files: filesDone, of: files.length, doing: `sealing ${day}` }),
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
  }
  await sweep(table);
  const expired = await countLateEvents(table, origin);
  return {
    unreadable: problems,
    remarks,
    summary: {
      ...counts,
      usageRows: sealed.rows,
      // Not as sealed: what another process seals while it is being appended is appended, and counted, again.
      duplicates: counts.kmsEvents - quarantinedKms - sealed.fresh - sealed.folded - expired,
      folded: sealed.folded,
      ...(expired === 0 ? {} : { expired }),
      quarantinedCount,
      quarantined: listed,
      seconds: Math.round(parts.now() - started) / 1000,
    },
  };
}

async function startWorkers(
  { table, dataFolder, threads = availableParallelism() }: ImportParts,
  objects: ObjectStore | undefined,
): Promise<ImportWorker[]> {
  const hashKey = await accessKeyHashKey(table);
  const source = dataFolder ?? table;
  return Array.from({ length: Math.max(1, threads) }, () => new ImportWorker(hashKey, source, objects));
}

/** Hands files to workers as they come free; `onRead` makes durable what one has read before it gets more. */
async function readFiles(
  files: readonly string[],
  workers: readonly ImportWorker[],
  onRead: (done: FilesRead) => Promise<void>,
): Promise<void> {
  const queue = [...files].reverse();
  const run = async (worker: ImportWorker) => {
    for (let isLast = false; !isLast; ) {
      const some = queue.splice(-FILES_IN_ORDER).reverse();
      isLast = some.length === 0;
      let order: WorkOrder | undefined = { kind: 'read', files: some };
      while (order !== undefined) {
        const answer: FilesRead | DaySealed = await worker.ask(order);
        if (answer.kind !== 'read') throw new Error('an import worker answered another order');
        queue.push(...answer.left.toReversed());
        await onRead(answer);
        order = answer.isPaused ? { kind: 'go on' } : undefined;
      }
    }
  };
  await Promise.all(workers.map(run));
}

/** A thread that reads files and seals days, one order at a time. */
class ImportWorker {
  readonly #worker: Worker;

  /** @param store the folder of an embedded store, or the table that calls go to by this thread */
  constructor(hashKey: Uint8Array, store: string | Table, objects: ObjectStore | undefined) {
    const transferList: MessagePort[] = [];
    let table: WorkersTable;
    if (typeof store === 'string') table = { kind: 'embedded', dataFolder: store };
    else {
      const toTable = new MessageChannel();
      serveTable(toTable.port1, store);
      transferList.push(toTable.port2);
      table = { kind: 'remote', port: toTable.port2 };
    }
    let workerData: ImportWorkerData = { hashKey, table };
    if (objects !== undefined) {
      const toObjects = new MessageChannel();
      serveObjects(toObjects.port1, objects);
      transferList.push(toObjects.port2);
      workerData = { ...workerData, objectsPort: toObjects.port2 };
    }
    // Beside this file as it is run: in the sources, or in the built package.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./import-worker.${extension}`, import.meta.url), {
      workerData,
      transferList,
      resourceLimits: { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
  }

  ask(order: WorkOrder): Promise<FilesRead | DaySealed> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        finish();
      };
      const onMessage = (answer: FilesRead | DaySealed | OrderFailed) =>
        settle(() => (answer.kind === 'failed' ? reject(failureOf(answer)) : resolve(answer)));
      const onError = (error: Error) => settle(() => reject(error));
      const onExit = () => settle(() => reject(new Error('an import worker ended before its work was done')));
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage(order);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function failureOf({ error, code }: OrderFailed): unknown {
  return code === undefined || !(error instanceof Error)
    ? error
    : new KeytrailError(code, error.message, { cause: error });
}
