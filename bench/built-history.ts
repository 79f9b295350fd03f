import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { openEmbeddedStore } from '../src/embedded/embedded-store.ts';
import { appendJobFacts } from '../src/history/evidence/evidence-items.ts';
import { sealAll } from '../src/history/seal/seal-day.ts';
import { sweep } from '../src/history/seal/sweep.ts';
import { serveTable } from '../src/import/remote-table.ts';
import type { Table } from '../src/table/table.ts';
import { writeParquet } from './duckdb-rows.ts';
import { arnOfJob, factsOfJob, listed } from './facts-of-jobs.ts';
import type { HistoryDone, HistoryOrder, HistoryWorkerData } from './history-worker.ts';
import { say } from './print.ts';
import { RealisticUses, type UsesOptions } from './realistic-uses.ts';
import { sum } from './statistics.ts';

/** The same rows in an embedded store and in a Parquet file, joined to their jobs, and what can be asked of them. */
export interface BuiltHistory {
  readonly options: UsesOptions;
  readonly store: string;
  readonly parquet: string;
  readonly rows: number;
  readonly keys: readonly string[];
  readonly principals: readonly string[];
  /** ARNs. */
  readonly jobs: readonly string[];
  /** Of some rows, spread over all of the time. */
  readonly eventIds: readonly string[];
}

const SAMPLED_IDS = 1_000;
/** As many as a thread of an import hands over at a time, about. */
const FACTS_IN_BATCH = 2_000;

/** Builds a history below `folder`, or finds it there from an earlier run. */
export async function builtHistory(folder: string, options: UsesOptions): Promise<BuiltHistory> {
  const name = join(folder, `joined-history-${options.uses}-${options.days}`);
  const description = `${name}.json`;
  // What is written below.
  if (existsSync(description)) return JSON.parse(readFileSync(description, 'utf8')) as BuiltHistory;
  rmSync(name, { recursive: true, force: true });
  const csvFolder = join(name, 'csv');
  mkdirSync(csvFolder, { recursive: true });
  const store = join(name, 'store');
  say(`Building a history of ${options.uses.toLocaleString('en')} rows…`);
  const { rows, eventIds } = await fillStore(store, csvFolder, options);
  const writing = stopwatch();
  const parquet = join(name, 'rows.parquet');
  await writeParquet(csvFolder, parquet);
  rmSync(csvFolder, { recursive: true });
  say(`…written as Parquet in ${writing()} s.`);
  const { keys, callers, jobs } = new RealisticUses(options);
  const built: BuiltHistory = {
    options,
    store,
    parquet,
    rows,
    keys: keys.map((key) => key.arn),
    principals: callers.flatMap(({ principal }) => (principal.id === undefined ? [] : [principal.id])),
    jobs: jobs.map(arnOfJob),
    eventIds,
  };
  writeFileSync(description, JSON.stringify(built));
  return built;
}

async function fillStore(path: string, csvFolder: string, options: UsesOptions): Promise<HistoryDone> {
  const store = await openEmbeddedStore(path, { mode: 'create' });
  const sampleEvery = Math.max(1, Math.floor(options.uses / SAMPLED_IDS));
  const workers = Array.from({ length: availableParallelism() }, () =>
    startWorker(store.table, { options, csvFolder, sampleEvery }),
  );
  try {
    const made: HistoryDone[] = [];
    const doDays = async (kind: 'make' | 'lay down') => {
      const days = Array.from({ length: options.days }, (_, day) => day).reverse();
      const doSome = async (worker: Worker) => {
        for (let day = days.pop(); day !== undefined; day = days.pop()) {
          made.push(await ask(worker, { kind, day }));
        }
      };
      await Promise.all(workers.map(doSome));
    };
    const making = stopwatch();
    await appendFacts(store.table, options);
    await doDays('make');
    say(`…appended in ${making()} s…`);
    const sealing = stopwatch();
    const idle = [...workers];
    await sealAll(store.table, 'bench', 'import', {
      parallel: workers.length,
      async sealOne(day) {
        const worker = idle.pop();
        if (worker === undefined) throw new Error('more days are sealed at once than there are threads');
        await ask(worker, { kind: 'seal', day });
        idle.push(worker);
      },
    });
    await sweep(store.table);
    store.flush();
    say(`…judged and sealed in ${sealing()} s; now the same rows for DuckDB, with the jobs as answered…`);
    await doDays('lay down');
    return { rows: sum(made.map(({ rows }) => rows)), eventIds: made.flatMap(({ eventIds }) => eventIds) };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    await store.close();
  }
}

/** What is known of the jobs before anything is sealed, as after an import's reading. */
async function appendFacts(table: Table, options: UsesOptions): Promise<void> {
  const facts = new RealisticUses(options).jobs.flatMap((job) => listed(factsOfJob(job)));
  for (let start = 0; start < facts.length; start += FACTS_IN_BATCH) {
    await appendJobFacts(table, facts.slice(start, start + FACTS_IN_BATCH));
  }
}

/** Whole seconds since. */
function stopwatch(): () => number {
  const started = performance.now();
  return () => Math.round((performance.now() - started) / 1000);
}

function startWorker(table: Table, data: Omit<HistoryWorkerData, 'tablePort'>): Worker {
  const channel = new MessageChannel();
  serveTable(channel.port1, table);
  const workerData: HistoryWorkerData = { ...data, tablePort: channel.port2 };
  return new Worker(new URL('./history-worker.ts', import.meta.url), {
    workerData,
    transferList: [channel.port2],
  });
}

function ask(worker: Worker, order: HistoryOrder): Promise<HistoryDone> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.off('message', onMessage).off('error', onError);
      finish();
    };
    const onMessage = (done: HistoryDone) => settle(() => resolve(done));
    const onError = (error: Error) => settle(() => reject(error));
    worker.on('message', onMessage).on('error', onError);
    worker.postMessage(order);
  });
}
