import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { sealAll } from '../src/history/seal-day.ts';
import { sweep } from '../src/history/sweep.ts';
import type { Table } from '../src/history/table.ts';
import { openEmbeddedStore } from '../src/local/embedded-store.ts';
import { serveTable } from '../src/local/import/remote-table.ts';
import { writeParquet } from './duckdb-rows.ts';
import type { HistoryDone, HistoryOrder, HistoryWorkerData } from './history-worker.ts';
import { say } from './print.ts';
import { RealisticUses, type UsesOptions } from './realistic-uses.ts';
import { sum } from './statistics.ts';

/** The same rows in an embedded store and in a Parquet file, and what can be asked of them. */
export interface BuiltHistory {
  readonly options: UsesOptions;
  readonly store: string;
  readonly parquet: string;
  readonly rows: number;
  readonly keys: readonly string[];
  readonly principals: readonly string[];
  /** Of some rows, spread over all of the time. */
  readonly eventIds: readonly string[];
}

const SAMPLED_IDS = 1_000;

/** Builds a history below `folder`, or finds it there from an earlier run. */
export async function builtHistory(folder: string, options: UsesOptions): Promise<BuiltHistory> {
  const name = join(folder, `history-${options.uses}-${options.days}`);
  const description = `${name}.json`;
  // What is written below.
  if (existsSync(description)) return JSON.parse(readFileSync(description, 'utf8')) as BuiltHistory;
  rmSync(name, { recursive: true, force: true });
  const csvFolder = join(name, 'csv');
  mkdirSync(csvFolder, { recursive: true });
  const store = join(name, 'store');
  const started = performance.now();
  say(`Building a history of ${options.uses.toLocaleString('en')} rows…`);
  const { rows, eventIds } = await fillStore(store, csvFolder, options);
  say(`…in ${Math.round((performance.now() - started) / 1000)} s; now the same rows as Parquet…`);
  const parquet = join(name, 'rows.parquet');
  await writeParquet(csvFolder, parquet);
  rmSync(csvFolder, { recursive: true });
  const { keys, callers } = new RealisticUses(options);
  const built: BuiltHistory = {
    options,
    store,
    parquet,
    rows,
    keys: keys.map((key) => key.arn),
    principals: callers.flatMap(({ principal }) => (principal.id === undefined ? [] : [principal.id])),
    eventIds,
  };
  writeFileSync(description, JSON.stringify(built));
  return built;
}

async function fillStore(path: string, csvFolder: string, options: UsesOptions): Promise<HistoryDone> {
  const store = await openEmbeddedStore(path);
  const sampleEvery = Math.max(1, Math.floor(options.uses / SAMPLED_IDS));
  const workers = Array.from({ length: availableParallelism() }, () =>
    startWorker(store.table, { options, csvFolder, sampleEvery }),
  );
  try {
    const days = Array.from({ length: options.days }, (_, day) => day).reverse();
    const made: HistoryDone[] = [];
    const makeDays = async (worker: Worker) => {
      for (let day = days.pop(); day !== undefined; day = days.pop()) {
        made.push(await ask(worker, { kind: 'make', day }));
      }
    };
    await Promise.all(workers.map(makeDays));
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
    return { rows: sum(made.map(({ rows }) => rows)), eventIds: made.flatMap(({ eventIds }) => eventIds) };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    await store.close();
  }
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
