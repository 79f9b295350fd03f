// What an import is compared with: unzips log files and parses all of their JSON, in as many threads as given.
// Run by import.ts: node bench/parse-json-threads.ts <threads> <folder…>
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { findLogFiles } from '../src/import/find-log-files.ts';

interface Part {
  readonly files: readonly string[];
  /** The number of the next file that nobody has taken. */
  readonly next: Int32Array;
}

function countRecords({ files, next }: Part): number {
  let records = 0;
  for (;;) {
    const path = files[Atomics.add(next, 0, 1)];
    if (path === undefined) return records;
    const zipped = readFileSync(path);
    // With room for the whole output, which the last four bytes tell the length of, it is not pieced together.
    const chunkSize = Math.max(1024, zipped.readUInt32LE(zipped.length - 4) + 64);
    const parsed = JSON.parse(gunzipSync(zipped, { chunkSize }).toString()) as { Records: unknown[] };
    records += parsed.Records.length;
  }
}

function inThread(part: Part): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: part });
    worker.once('message', (records: number) => resolve(records));
    worker.once('error', reject);
  });
}

if (isMainThread) {
  const [threads = '1', ...folders] = process.argv.slice(2);
  const part = { files: findLogFiles(folders).files, next: new Int32Array(new SharedArrayBuffer(4)) };
  const records = await Promise.all(Array.from({ length: Number(threads) }, () => inThread(part)));
  console.log(JSON.stringify({ records: records.reduce((a, b) => a + b, 0) }));
} else {
  parentPort?.postMessage(countRecords(workerData as Part));
}
