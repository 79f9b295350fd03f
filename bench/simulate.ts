// Writes a simulated month: node bench/simulate.ts --out DIR --days 30 --uses 1000000 [--truth FILE] …
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { DEFAULT_OPTIONS, type SimulationOptions, sampleAccount } from '../simulator/simulation-options.ts';
import { type SimulationSummary, writeSimulation } from '../simulator/write-simulation.ts';

interface Part {
  readonly out: string;
  readonly options: SimulationOptions;
  readonly truthFile: string | undefined;
  readonly part: readonly [number, number];
}

function write({ out, options, truthFile, part }: Part): SimulationSummary {
  return writeSimulation(out, options, { ...(truthFile === undefined ? {} : { truthFile }), part });
}

function inThread(part: Part): Promise<SimulationSummary> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: part });
    worker.once('message', (summary: SimulationSummary) => resolve(summary));
    worker.once('error', reject);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      preset: { type: 'string', default: 'month' },
      days: { type: 'string' },
      uses: { type: 'string' },
      keys: { type: 'string' },
      principals: { type: 'string' },
      jobs: { type: 'string' },
      other: { type: 'string' },
      skew: { type: 'string' },
      seed: { type: 'string' },
      start: { type: 'string' },
      level: { type: 'string' },
      threads: { type: 'string', default: '1' },
      truth: { type: 'string' },
    },
  });
  const { out, truth } = values;
  if (out === undefined) throw new Error('Say where to write: --out DIR.');
  const base = values.preset === 'sample' ? sampleAccount : DEFAULT_OPTIONS;
  const number = (text: string | undefined, otherwise: number): number =>
    text === undefined ? otherwise : Number(text);
  const options: SimulationOptions = {
    ...base,
    seed: number(values.seed, base.seed),
    startTime: values.start ?? base.startTime,
    days: number(values.days, base.days),
    uses: number(values.uses, base.uses),
    keys: number(values.keys, base.keys),
    principals: number(values.principals, base.principals),
    jobsPerDay: number(values.jobs, base.jobsPerDay),
    otherShare: number(values.other, base.otherShare),
    keySkew: values.skew === 'uniform' ? 'uniform' : 'zipf',
    compressionLevel: number(values.level, base.compressionLevel),
  };
  const threads = number(values.threads, 1);
  const started = performance.now();
  const parts = Array.from({ length: threads }, (_, index): Part => {
    const truthFile = truth === undefined || threads === 1 ? truth : `${truth}.${index}`;
    return { out, options, truthFile, part: [index, threads] };
  });
  const summaries = threads === 1 ? parts.map(write) : await Promise.all(parts.map(inThread));
  if (truth !== undefined && threads > 1) {
    for (const [index, { truthFile }] of parts.entries()) {
      if (truthFile === undefined) continue;
      await pipeline(
        createReadStream(truthFile),
        createWriteStream(truth, { flags: index === 0 ? 'w' : 'a' }),
      );
      rmSync(truthFile);
    }
  }
  const sum = (member: keyof SimulationSummary): number =>
    summaries.reduce((total, summary) => total + summary[member], 0);
  const seconds = (performance.now() - started) / 1000;
  const uncompressedBytes = sum('uncompressedBytes');
  console.log(
    JSON.stringify({
      files: sum('files'),
      records: sum('records'),
      kmsRecords: sum('kmsRecords'),
      uncompressedBytes,
      compressedBytes: sum('compressedBytes'),
      jobs: sum('jobs'),
      kmsEvents: sum('kmsEvents'),
      eventFiles: sum('eventFiles'),
      stateChanges: sum('stateChanges'),
      incidents: sum('incidents'),
      seconds: Math.round(seconds * 10) / 10,
      megabytesPerSecond: Math.round(uncompressedBytes / 1e6 / seconds),
      peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}

if (isMainThread) await main();
else parentPort?.postMessage(write(workerData as Part));
