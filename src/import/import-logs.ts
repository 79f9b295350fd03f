import { availableParallelism } from 'node:os';
import type { OriginCounts } from '../history/append/append.ts';
import { sealAll } from '../history/seal/seal-day.ts';
import { sweep } from '../history/seal/sweep.ts';
import { accessKeyHashKey } from '../ingest/access-key-hash-key.ts';
import { type Keeping, makeDurable } from '../ingest/make-durable.ts';
import { type Concluded, concludeSealing } from '../proof/conclude-sealing.ts';
import type { SealSigner } from '../proof/sign-log.ts';
import { newUuid } from '../randomness.ts';
import { countLateEvents } from '../retention/late-facts.ts';
import { type ObjectStore, type ObjectStoreOptions, openObjectStore } from '../s3/object-store.ts';
import { isObjectUrl } from '../s3/object-url.ts';
import type { Table } from '../table/table.ts';
import type { FoundFiles } from './find-log-files.ts';
import { findLogs } from './find-logs.ts';
import { type ImportSummary, ImportTally } from './import-tally.ts';
import type { DaySealed, FilesRead, WorkOrder } from './import-worker.ts';
import { ImportWorker } from './worker-thread.ts';

/** Files in an order: their small ones are cheaper handed over together. */
const FILES_IN_ORDER = 64;
export interface ImportResult {
  readonly summary: ImportSummary;
  /** One sentence for each path that could not be read. */
  readonly unreadable: readonly string[];
  /** Sentences about paths that had nothing in them to import, and about files that were left out. */
  readonly remarks: readonly string[];
}

export interface ImportParts extends Keeping {
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
  /** When the files are read, epoch milliseconds: what is dated over a day later is not believed. */
  readonly readMs: number;
  readonly threads?: number;
  /** Names this import among all there will ever be; random UUIDs when absent. */
  readonly newOrigin?: () => string;
  /** Folder of the embedded store that `table` is of, where it is: each thread opens it itself. */
  readonly dataFolder?: string;
  /** Signs the log of sealed days; nobody does when absent. */
  readonly signer?: SealSigner;
  /** Whether it does; it does when absent. */
  readonly isSigning?: boolean;
  /** How S3 is spoken to; as AWS's own when absent. */
  readonly objects?: ObjectStoreOptions;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Ends the import early; what is durable by then stays, and the next import completes it. */
  readonly signal?: AbortSignal;
}

export interface ImportProgress {
  readonly phase: 'listing' | 'reading' | 'sealing';
  /** Files, or days where it is sealing. */
  readonly done: number;
  readonly of: number;
  /** Records read so far. */
  readonly records: number;
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
  const { table, newOrigin = newUuid } = parts;
  const found = await findLogs(paths, objects, (of) =>
    parts.onProgress?.({ phase: 'listing', done: of, of, records: 0 }),
  );
  const of = found.files.length;
  const tally = new ImportTally(found.leftOut);
  const problems = [...found.unreadable];
  const origin = newOrigin();
  let batches = 0;
  const workers = await startWorkers(parts, objects);
  const endWorkers = () => Promise.all(workers.map((worker) => worker.end()));
  parts.signal?.addEventListener('abort', endWorkers);
  let sealed: OriginCounts;
  try {
    parts.signal?.throwIfAborted();
    await readFiles(found, workers, async (done) => {
      // Durable before it counts: what is not in the table yet is in the files still.
      await makeDurable(done, parts, origin, String(batches++));
      tally.add(done);
      problems.push(...done.unreadable);
      parts.onProgress?.({ phase: 'reading', done: tally.filesDone, of, records: tally.records });
    });
    sealed = await sealDays(table, origin, workers, (done, days) =>
      parts.onProgress?.({ phase: 'sealing', done, of: days, records: tally.records }),
    );
  } finally {
    parts.signal?.removeEventListener('abort', endWorkers);
    await endWorkers();
  }
  const concluded = await concludeSealing(table, parts.signer, parts.isSigning ?? true);
  await sweep(table);
  const expired = await countLateEvents(table, origin);
  const seconds = Math.round(parts.now() - started) / 1000;
  const remarks = [...found.remarks, ...tally.remarks(), ...unsignedRemarks(concluded)];
  return { unreadable: problems, remarks, summary: tally.summary(sealed, expired, seconds) };
}

function unsignedRemarks({ unsigned }: Concluded): string[] {
  return unsigned === undefined ? [] : [unsigned];
}

/** Seals what `origin` appended, each day by a worker that is free. */
function sealDays(
  table: Table,
  origin: string,
  workers: readonly ImportWorker[],
  onDay: (sealed: number, of: number) => void,
): Promise<OriginCounts> {
  const idle = [...workers];
  return sealAll(table, origin, 'import', {
    parallel: workers.length,
    async sealOne(day) {
      const worker = idle.pop() as ImportWorker;
      const answer = await worker.ask({ kind: 'seal', day });
      idle.push(worker);
      if (answer.kind !== 'sealed') throw new Error('an import worker answered another order');
    },
    onDay: (_, done, of) => onDay(done, of),
  });
}

async function startWorkers(
  { table, dataFolder, readMs, threads = availableParallelism() }: ImportParts,
  objects: ObjectStore | undefined,
): Promise<ImportWorker[]> {
  const hashKey = await accessKeyHashKey(table);
  const source = dataFolder ?? table;
  return Array.from(
    { length: Math.max(1, threads) },
    () => new ImportWorker({ hashKey, readMs }, source, objects),
  );
}

/** Hands files to workers as they come free; `onRead` makes durable what one has read before it gets more. */
async function readFiles(
  { files, doubtful }: Pick<FoundFiles, 'files' | 'doubtful'>,
  workers: readonly ImportWorker[],
  onRead: (done: FilesRead) => Promise<void>,
): Promise<void> {
  const queue = [...files].reverse();
  const run = async (worker: ImportWorker) => {
    for (let isLast = false; !isLast; ) {
      const some = queue.splice(-FILES_IN_ORDER).reverse();
      isLast = some.length === 0;
      let order: WorkOrder | undefined = {
        kind: 'read',
        files: some,
        doubtful: doubtful.size === 0 ? [] : some.filter((path) => doubtful.has(path)),
      };
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
