// Run by hand: node bench/verify.ts [--uses 1000000] [--days 30] [--threads 2] [--input FOLDER]
// How many rows a second `keytrail verify` re-hashes, with one thread and with several, and how much memory it takes.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { VerifyThreads } from '../src/cli/verify-threads.ts';
import { openEmbeddedStore } from '../src/embedded/embedded-store.ts';
import { keyFileSigner } from '../src/embedded/key-file.ts';
import { concludeSealing } from '../src/proof/conclude-sealing.ts';
import { verifyHistory } from '../src/proof/verify-history.ts';
import { builtHistory } from './built-history.ts';
import { printResult, printTable, say } from './print.ts';
import { rounded } from './statistics.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const { values } = parseArgs({
  options: {
    uses: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '30' },
    threads: { type: 'string', default: '2' },
    ...WORK_FOLDER_OPTIONS,
  },
});

/** The most memory that this process had so far, in MB; undefined where Linux does not say. */
function peakMegabytes(): number | undefined {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
}

/** @returns rows, seconds that it took, and seconds of processors: on a machine with other work on it these say more */
async function verified(
  path: string,
  threads: number,
): Promise<{ rows: number; seconds: number; processorSeconds: number }> {
  const store = await openEmbeddedStore(path, { mode: 'read' });
  const workers = threads > 1 ? new VerifyThreads(path, threads) : undefined;
  const started = performance.now();
  const before = process.cpuUsage();
  try {
    let rows = 0;
    const { findings } = await verifyHistory({
      table: store.table,
      publicKey: () => keyFileSigner(store.folder).publicKey(true),
      startThreads: () => workers && { parallel: threads, check: (range) => workers.check(range) },
      onRows: (done) => {
        rows = done;
      },
    });
    const fault = findings.find(({ kind }) => kind === 'fault');
    if (fault !== undefined) throw new Error(fault.sentence);
    const { user, system } = process.cpuUsage(before);
    return {
      rows,
      seconds: (performance.now() - started) / 1_000,
      processorSeconds: (user + system) / 1_000_000,
    };
  } finally {
    await workers?.end();
    await store.close();
  }
}

await inWorkFolder('verify', values, async (folder) => {
  const built = await builtHistory(folder, {
    seed: 1,
    startMs: Date.parse('2026-03-02T00:00:00Z'),
    days: Number(values.days),
    uses: Number(values.uses),
    keys: 200,
    principals: 500,
    jobs: Math.max(1, Math.round(Number(values.uses) / 500)),
    skew: 'zipf',
  });
  const store = await openEmbeddedStore(built.store, { mode: 'change' });
  const concluding = performance.now();
  await concludeSealing(store.table, keyFileSigner(store.folder), true);
  say(`Logged and signed in ${rounded((performance.now() - concluding) / 1_000)} s.`);
  await store.close();
  const runs = [];
  for (const threads of [1, Number(values.threads)]) {
    const { rows, seconds, processorSeconds } = await verified(built.store, threads);
    runs.push({
      threads,
      rows,
      seconds: rounded(seconds),
      processorSeconds: rounded(processorSeconds),
      rowsPerSecond: Math.round(rows / seconds),
    });
  }
  printTable(
    ['threads', 'rows', 'seconds', 'processor seconds', 'rows a second'],
    runs.map((run) => [run.threads, run.rows, run.seconds, run.processorSeconds, run.rowsPerSecond]),
  );
  printResult('verify', { runs, peakMegabytes: peakMegabytes() });
});
