import { parentPort, workerData } from 'node:worker_threads';
import type { Segment } from '../../history/append.ts';
import type { QuarantineEntry } from '../../history/quarantine.ts';
import { sentenceOf } from './find-log-files.ts';
import { noCounts, type ReadCounts } from './import-counts.ts';
import { LogFileReader } from './log-file-reader.ts';

/** Facts that a worker gathers before it hands them over: 15 MB or so. */
const BATCH_ROWS = 50_000;
/** Quarantined bytes that a worker holds at the most. */
const BATCH_QUARANTINED = 200;

/** To the worker: files to read next; none means to hand over the rest and end. */
export interface WorkOrder {
  readonly files: readonly string[];
}

/** From the worker: what it read since the last time. The next order comes when this is durable. */
export interface WorkDone {
  readonly segments: readonly Segment[];
  readonly counts: ReadCounts;
  readonly quarantined: readonly QuarantineEntry[];
  readonly unreadable: readonly string[];
}

export interface ImportWorkerData {
  readonly hashKey: Uint8Array;
}

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');

const { hashKey } = workerData as ImportWorkerData;
const reader = new LogFileReader(hashKey);

port.on('message', async ({ files }: WorkOrder) => {
  const unreadable: string[] = [];
  for (const path of files) {
    try {
      await reader.read(path);
    } catch (error) {
      unreadable.push(sentenceOf(path, error));
    }
  }
  const isFull =
    files.length === 0 || reader.builder.rows >= BATCH_ROWS || reader.quarantined.length >= BATCH_QUARANTINED;
  const done: WorkDone = {
    segments: isFull ? reader.builder.finish() : [],
    counts: reader.counts,
    quarantined: reader.quarantined,
    unreadable,
  };
  reader.counts = noCounts();
  reader.quarantined = [];
  port.postMessage(
    done,
    done.segments.map((segment) => segment.body.buffer as ArrayBuffer),
  );
});
