// Run by hand: node bench/import.ts [--uses 1000000] [--days 30] [--repetitions 3] [--input DIR | --keep] [--no-build]
// How long an import of a month of mixed log files takes, from the start of the process to its end, sealed and
// queryable, beside parsing the same files' JSON and beside one group-by of DuckDB's over them; and what memory.
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ImportSummary } from '../src/import/import-tally.ts';
import { type ChildRun, runNode, runProgram } from './child-process.ts';
import { printResult, printTable, say } from './print.ts';
import { firstDays, simulatedMonth } from './simulated-month.ts';
import { median, rounded } from './statistics.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const ROOT = join(import.meta.dirname, '..');

const { values } = parseArgs({
  options: {
    ...WORK_FOLDER_OPTIONS,
    uses: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '30' },
    repetitions: { type: 'string', default: '3' },
    'no-build': { type: 'boolean', default: false },
  },
});

/** Imports into a new store, which is taken away again. */
async function importOnce(
  folder: string,
  paths: readonly string[],
): Promise<{ run: ChildRun; summary: ImportSummary }> {
  const store = join(folder, 'store');
  rmSync(store, { recursive: true, force: true });
  try {
    const run = await runProgram([join(ROOT, 'dist', 'keytrail.js'), 'import', '--json', ...paths], {
      KEYTRAIL_DATA: store,
    });
    // What `import --json` prints.
    return { run, summary: JSON.parse(run.stdout) as ImportSummary };
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

await inWorkFolder('import', values, async (folder) => {
  if (!values['no-build']) await runNode([join(ROOT, 'build.ts')]);
  const month = await simulatedMonth(folder, { uses: Number(values.uses), days: Number(values.days) });
  const threads = `${availableParallelism()}`;
  const program = (name: string, ...more: string[]) =>
    runNode([join(import.meta.dirname, name), threads, month.logs, ...more]);
  let summary: ImportSummary | undefined;
  const contestants: Readonly<Record<string, () => Promise<ChildRun>>> = {
    'gunzip + JSON.parse': () => program('parse-json-threads.ts'),
    'keytrail import': async () => {
      const imported = await importOnce(folder, [month.logs]);
      summary = imported.summary;
      return imported.run;
    },
    'DuckDB group-by': () => program('duckdb-group-by.ts', 'fastest'),
    // Takes long, and nothing hangs on it: once is enough.
    'DuckDB, types found out': () => program('duckdb-group-by.ts', 'plain'),
  };
  const runs = new Map<string, ChildRun[]>(Object.keys(contestants).map((name) => [name, []]));
  for (let repetition = 1; repetition <= Number(values.repetitions); repetition++) {
    for (const [name, run] of Object.entries(contestants)) {
      if (name.startsWith('DuckDB,') && repetition > 1) continue;
      const done = await run();
      runs.get(name)?.push(done);
      say(
        `${repetition}. ${name}: ${rounded(done.seconds)} s ${name === 'keytrail import' ? '' : done.stdout.trim()}`,
      );
    }
  }
  const secondsOf = (name: string) => median((runs.get(name) ?? []).map((run) => run.seconds));
  const cpuOf = (name: string) => median((runs.get(name) ?? []).map((run) => run.cpuSeconds ?? Number.NaN));
  const peakOf = (name: string) =>
    Math.max(...(runs.get(name) ?? []).map((run) => run.peakBytes ?? Number.NaN)) / 1e6;
  const ours = secondsOf('keytrail import');
  console.log(
    `${month.files} log files, ${month.records} records, ${month.kmsRecords} of KMS; ${rounded(month.compressedBytes / 1e6)} MB, ${rounded(month.uncompressedBytes / 1e6)} MB unzipped; ${threads} threads; medians of ${values.repetitions}\n`,
  );
  printTable(
    ['', 'seconds', 'import takes', 'MB/s unzipped', 'processor seconds', 'peak memory MB'],
    Object.keys(contestants).map((name) => [
      name,
      rounded(secondsOf(name)),
      `${rounded(ours / secondsOf(name))} of it`,
      rounded(month.uncompressedBytes / 1e6 / secondsOf(name), 0),
      rounded(cpuOf(name)),
      rounded(peakOf(name), 0),
    ]),
  );
  const quarter = await importOnce(folder, firstDays(month, 0.25));
  const quarterPeak = (quarter.run.peakBytes ?? Number.NaN) / 1e6;
  printTable(
    ['memory of an import', 'records', 'rows', 'seconds', 'peak memory MB'],
    [
      [
        'a quarter of the days',
        quarter.summary.records,
        quarter.summary.usageRows,
        rounded(quarter.run.seconds),
        rounded(quarterPeak, 0),
      ],
      [
        'all days',
        summary?.records ?? 0,
        summary?.usageRows ?? 0,
        rounded(ours),
        rounded(peakOf('keytrail import'), 0),
      ],
    ],
  );
  printResult('import', {
    threads: Number(threads),
    files: month.files,
    records: month.records,
    kmsRecords: month.kmsRecords,
    uncompressedBytes: month.uncompressedBytes,
    compressedBytes: month.compressedBytes,
    rows: summary?.usageRows,
    seconds: Object.fromEntries(
      [...runs].map(([name, done]) => [name, done.map(({ seconds }) => rounded(seconds))]),
    ),
    processorSeconds: Object.fromEntries([...runs.keys()].map((name) => [name, rounded(cpuOf(name))])),
    ofJsonParse: rounded(ours / secondsOf('gunzip + JSON.parse')),
    fasterThanDuckDb: rounded(secondsOf('DuckDB group-by') / ours),
    peakMegabytes: Object.fromEntries(
      Object.keys(contestants).map((name) => [name, rounded(peakOf(name), 0)]),
    ),
    quarter: {
      records: quarter.summary.records,
      rows: quarter.summary.usageRows,
      seconds: rounded(quarter.run.seconds),
      peakMegabytes: rounded(quarterPeak, 0),
    },
  });
});
