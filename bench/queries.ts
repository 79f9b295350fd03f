// Run by hand: node bench/queries.ts [--rows 10000000] [--questions 100] [--input DIR | --keep] [--no-build]
// How long questions take of a month's history of 10 million rows (200 keys, 500 principals, joined to 20,000 jobs),
// in this process and over HTTP, what they read, what memory `serve` takes; beside it DuckDB over a
// Parquet file of the same rows; and how soon a row is in an answer.
import { cpSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '../src/embedded/embedded-store.ts';
import { History } from '../src/history/query/history.ts';
import { builtHistory } from './built-history.ts';
import { runNode } from './child-process.ts';
import { connectDuckDb } from './duckdb-rows.ts';
import { type Fresh, freshness } from './freshness.ts';
import { meterTable, newMeter } from './metered-table.ts';
import { printResult, printTable, say } from './print.ts';
import { storedBytes } from './scan-table.ts';
import { startServe } from './served-process.ts';
import { median, percentile, rounded } from './statistics.ts';
import { type QuestionKind, questionKinds, type UsageQuestion } from './usage-questions.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const ROOT = join(import.meta.dirname, '..');
const JOBS_OF_A_MILLION = 2_000;

const { values } = parseArgs({
  options: {
    ...WORK_FOLDER_OPTIONS,
    rows: { type: 'string', default: '10000000' },
    days: { type: 'string', default: '30' },
    questions: { type: 'string', default: '100' },
    'no-build': { type: 'boolean', default: false },
  },
});

interface Times {
  readonly name: string;
  readonly figureMs: number | undefined;
  /** A new `History` for each question: nothing is decoded yet. */
  readonly cold: readonly number[];
  readonly coldReadUnits: readonly number[];
  /** Asked again of a `History` that has answered all of the kind. */
  readonly warm: readonly number[];
  readonly warmReadUnits: readonly number[];
  http: readonly number[];
  httpAgain: readonly number[];
  duckDb: readonly number[];
  readonly answered: readonly number[];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function askInProcess(store: string, kinds: readonly QuestionKind[]): Promise<Times[]> {
  const embedded = await openEmbeddedStore(store, { mode: 'create' });
  try {
    const times: Times[] = [];
    for (const { name, figureMs, questions } of kinds) {
      const meter = newMeter();
      const table = meterTable(embedded.table, meter);
      const answered: number[] = [];
      const ask = async (question: UsageQuestion, history: History) => {
        const before = meter.readUnits;
        const ms = await timed(async () => answered.push(await question.ask(history)));
        return { ms, readUnits: meter.readUnits - before };
      };
      const cold: { ms: number; readUnits: number }[] = [];
      for (const question of questions) cold.push(await ask(question, new History(table)));
      const history = new History(table);
      for (const question of questions) await ask(question, history);
      const warm: { ms: number; readUnits: number }[] = [];
      for (const question of questions) warm.push(await ask(question, history));
      times.push({
        name,
        figureMs,
        cold: cold.map(({ ms }) => ms),
        coldReadUnits: cold.map(({ readUnits }) => readUnits),
        warm: warm.map(({ ms }) => ms),
        warmReadUnits: warm.map(({ readUnits }) => readUnits),
        http: [],
        httpAgain: [],
        duckDb: [],
        answered: answered.slice(0, questions.length),
      });
      say(`asked: ${name}`);
    }
    return times;
  } finally {
    await embedded.close();
  }
}

async function askOverHttp(store: string, kinds: readonly QuestionKind[], times: readonly Times[]) {
  const serve = await startServe(join(ROOT, 'dist', 'keytrail.js'), store);
  try {
    const idle = serve.memory();
    const ask = async ({ path }: UsageQuestion) => {
      const response = await fetch(`${serve.url}${path}`);
      const body = await response.text();
      if (response.status !== 200 && response.status !== 404) throw new Error(`${path}: ${body}`);
    };
    for (const again of [false, true]) {
      for (const [place, { questions }] of kinds.entries()) {
        const ms: number[] = [];
        for (const question of questions) ms.push(await timed(() => ask(question)));
        const entry = times[place];
        if (entry === undefined) continue;
        if (again) entry.httpAgain = ms;
        else entry.http = ms;
      }
    }
    return { idle, after: serve.memory() };
  } finally {
    await serve.end();
  }
}

async function askDuckDb(parquet: string, kinds: readonly QuestionKind[], times: readonly Times[]) {
  const connection = await connectDuckDb();
  try {
    await connection.run(`CREATE VIEW usage AS SELECT * FROM read_parquet('${parquet}')`);
    for (const [place, { name, questions }] of kinds.entries()) {
      const ms: number[] = [];
      const entry = times[place];
      for (const [nth, { sql }] of questions.entries()) {
        if (sql === undefined) continue;
        let count = 0;
        const spent = await timed(async () => {
          count = (await connection.runAndReadAll(sql)).getRows().length;
        });
        // The first one reads what Parquet tells of itself.
        if (nth > 0 || questions.length === 1) ms.push(spent);
        if (count !== entry?.answered[nth]) {
          throw new Error(`${name}: DuckDB answers ${count} rows, Keytrail ${entry?.answered[nth]}: ${sql}`);
        }
      }
      if (entry !== undefined) entry.duckDb = ms;
    }
  } finally {
    connection.closeSync();
  }
}

await inWorkFolder('queries', values, async (folder) => {
  if (!values['no-build']) await runNode([join(ROOT, 'build.ts')]);
  const uses = Number(values.rows);
  const history = await builtHistory(folder, {
    seed: 1,
    startMs: Date.parse('2026-03-01T00:00:00Z'),
    days: Number(values.days),
    uses,
    keys: 200,
    principals: 500,
    jobs: Math.max(1, Math.round((uses * JOBS_OF_A_MILLION) / 1_000_000)),
    skew: 'zipf',
  });
  const kinds = questionKinds(history, Number(values.questions));
  const times = await askInProcess(history.store, kinds);
  const memory = await askOverHttp(history.store, kinds, times);
  await askDuckDb(history.parquet, kinds, times);
  const copy = `${history.store}-fresh`;
  rmSync(copy, { recursive: true, force: true });
  cpSync(history.store, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  let fresh: Fresh[];
  try {
    fresh = await freshness(copy, history);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  const embedded = await openEmbeddedStore(history.store, { mode: 'read' });
  const stored = await storedBytes(embedded);
  await embedded.close();

  const ours = stored.bytes / history.rows;
  const parquet = statSync(history.parquet).size / history.rows;
  console.log(
    `${history.rows} rows of ${history.options.keys} keys, ${history.options.principals} principals and ${history.options.jobs} jobs over ${history.options.days} days; ${rounded(ours)} bytes a row in the table, ${rounded(parquet)} in Parquet\n`,
  );
  const of = (ms: readonly number[]) => [rounded(median(ms), 1), rounded(percentile(ms, 0.95), 1)];
  printTable(
    [
      'milliseconds',
      'figure',
      'cold p50',
      'p95',
      'warm p50',
      'p95',
      'HTTP p50',
      'p95',
      'again p50',
      'p95',
      'DuckDB p50',
    ],
    times.map((entry) => [
      entry.name,
      entry.figureMs ?? '',
      ...of(entry.cold),
      ...of(entry.warm),
      ...of(entry.http),
      ...of(entry.httpAgain),
      entry.duckDb.length === 0 ? '' : rounded(median(entry.duckDb), 1),
    ]),
  );
  printTable(
    ['read units', 'cold p50', 'p95', 'warm p50', 'p95', 'rows or groups p50'],
    times.map((entry) => [
      entry.name,
      ...of(entry.coldReadUnits),
      ...of(entry.warmReadUnits),
      median(entry.answered),
    ]),
  );
  printTable(
    ['a row is in an answer', 'append ms', 'then asked, cold ms', 'read units', 'warm ms', 'is there'],
    fresh.map((entry) => [
      entry.name,
      rounded(entry.appendMs, 1),
      rounded(entry.coldMs, 1),
      entry.coldReadUnits,
      rounded(entry.warmMs, 1),
      entry.isThere ? 'yes' : 'NO',
    ]),
  );
  const megabytes = (bytes: number | undefined) => rounded((bytes ?? Number.NaN) / 1e6, 0);
  printTable(
    ['memory of serve', 'MB', 'of it its own'],
    [
      ['before the first question', megabytes(memory.idle.now), megabytes(memory.idle.own)],
      ['after all of them', megabytes(memory.after.now), megabytes(memory.after.own)],
      ['at its highest', megabytes(memory.after.peak), ''],
    ],
  );
  printResult('queries', {
    rows: history.rows,
    bytesARow: rounded(ours),
    parquetBytesARow: rounded(parquet),
    questions: times.map(
      ({ name, figureMs, cold, warm, http, httpAgain, duckDb, coldReadUnits, warmReadUnits }) => ({
        name,
        figureMs,
        cold: of(cold),
        warm: of(warm),
        http: of(http),
        httpAgain: of(httpAgain),
        duckDb: of(duckDb),
        coldReadUnits: of(coldReadUnits),
        warmReadUnits: of(warmReadUnits),
      }),
    ),
    fresh,
    serveOwnMegabytes: megabytes(memory.after.own),
    servePeakMegabytes: megabytes(memory.after.peak),
  });
});
