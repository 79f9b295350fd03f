// Run by hand: node bench/busy-server.ts [--uses 100000] [--days 30] [--readers 3] [--input DIR | --keep] [--no-build]
// What readers of `serve` and an import beside it cost each other: the import alone and with readers that poll, how long
// /healthz takes meanwhile, and how long /v1/keys takes once all is in.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runNode, runProgram } from './child-process.ts';
import { printResult, printTable, say } from './print.ts';
import { type ServedProcess, startServe } from './served-process.ts';
import { simulatedMonth } from './simulated-month.ts';
import { percentile, rounded } from './statistics.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist', 'keytrail.js');

const { values } = parseArgs({
  options: {
    ...WORK_FOLDER_OPTIONS,
    uses: { type: 'string', default: '100000' },
    days: { type: 'string', default: '30' },
    readers: { type: 'string', default: '3' },
    'no-build': { type: 'boolean', default: false },
  },
});

/** What readers ask in turn. */
const POLLED = ['/v1/keys?limit=200', '/v1/usage?order=desc', '/v1/usage/summary?groupBy=key,outcome'];

/** Asks a path as long as `isOn`, the next question once the one before is answered. */
async function poll(url: string, paths: readonly string[], isOn: () => boolean): Promise<number[]> {
  const timesMs: number[] = [];
  for (let nth = 0; isOn(); nth++) {
    const started = performance.now();
    const answer = await asked(url + paths[nth % paths.length]);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${answer.status} of ${answer.url}`);
    timesMs.push(performance.now() - started);
  }
  return timesMs;
}

/** A connection that was kept open may be closed by a server that was too busy to see it used. */
async function asked(url: string): Promise<Response> {
  try {
    return await fetch(url);
  } catch {
    resets++;
    return fetch(url);
  }
}

let resets = 0;

async function pollHealth(url: string, isOn: () => boolean): Promise<number[]> {
  const timesMs: number[] = [];
  while (isOn()) {
    timesMs.push(...(await poll(url, ['/healthz'], once())));
    await new Promise((resolve) => setTimeout(resolve, HEALTH_PAUSE_MS));
  }
  return timesMs;
}

const HEALTH_PAUSE_MS = 50;

function once(): () => boolean {
  let isAsked = false;
  return () => {
    const was = isAsked;
    isAsked = true;
    return !was;
  };
}

async function importInto(store: string, logs: string): Promise<number> {
  const { seconds } = await runProgram([PROGRAM, 'import', '--json', logs], { KEYTRAIL_DATA: store });
  return seconds;
}

interface Beside {
  readonly importSeconds: number;
  readonly healthMs: readonly number[];
  readonly readersMs: readonly number[];
}

async function importBeside(
  server: ServedProcess,
  store: string,
  logs: string,
  readers: number,
): Promise<Beside> {
  let isOn = true;
  const health = pollHealth(server.url, () => isOn);
  const reading = Array.from({ length: readers }, (_, nth) =>
    poll(
      server.url,
      [...POLLED.slice(nth % POLLED.length), ...POLLED.slice(0, nth % POLLED.length)],
      () => isOn,
    ),
  );
  const importSeconds = await importInto(store, logs).finally(() => {
    isOn = false;
  });
  return { importSeconds, healthMs: await health, readersMs: (await Promise.all(reading)).flat() };
}

async function run(folder: string): Promise<void> {
  if (!values['no-build']) await runNode([join(ROOT, 'build.ts')]);
  const { logs } = await simulatedMonth(folder, { uses: Number(values.uses), days: Number(values.days) });
  const store = join(folder, 'store');
  rmSync(store, { recursive: true, force: true });
  say('The import alone…');
  const alone = await importInto(store, logs);
  rmSync(store, { recursive: true, force: true });
  const server = await startServe(PROGRAM, store);
  try {
    say('…and beside readers…');
    const beside = await importBeside(server, store, logs, Number(values.readers));
    say('…and what keys take after it.');
    const keysMs = await poll(server.url, ['/v1/keys?limit=200'], times(30));
    printTable(
      ['what', 'figure'],
      [
        ['import alone, s', rounded(alone)],
        [`import beside ${values.readers} readers, s`, rounded(beside.importSeconds)],
        ['/healthz meanwhile, ms: p50', rounded(percentile(beside.healthMs, 0.5))],
        ['/healthz meanwhile, ms: p99', rounded(percentile(beside.healthMs, 0.99))],
        ['/healthz meanwhile, ms: longest', rounded(Math.max(...beside.healthMs))],
        ['connections that broke', resets],
        ['answers that readers got', beside.readersMs.length],
        ['readers wait, ms: p50', rounded(percentile(beside.readersMs, 0.5))],
        ['/v1/keys, first, ms', rounded(keysMs[0] ?? 0)],
        ['/v1/keys again, p95, ms', rounded(percentile(keysMs.slice(1), 0.95))],
      ],
    );
    printResult('busy-server', { uses: values.uses, alone, beside: beside.importSeconds });
  } finally {
    await server.end();
  }
}

function times(count: number): () => boolean {
  let asked = 0;
  return () => asked++ < count;
}

await inWorkFolder('busy-server', values, run);
