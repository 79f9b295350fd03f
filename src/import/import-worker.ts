import { resolve } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openEmbeddedStore } from '../embedded/embedded-store.ts';
import { whatIsKnownOf } from '../history/append/read-sources.ts';
import type { RecordSource } from '../history/facts/source.ts';
import { newSealerMemory, type SealerMemory, sealDay } from '../history/seal/seal-day.ts';
import { LogFileReader } from '../ingest/log-file-reader.ts';
import { refusalOfText } from '../ingest/looks-like-cloudtrail.ts';
import { noCounts, type ReadCounts } from '../ingest/read-counts.ts';
import { readLogObject } from '../ingest/read-log-object.ts';
import { type GatheredRecords, RecordGatherer } from '../ingest/record-gatherer.ts';
import { KeytrailError, type KeytrailErrorCode } from '../keytrail-error.ts';
import { isObjectUrl } from '../s3/object-url.ts';
import type { Table } from '../table/table.ts';
import { sentenceOf } from './find-log-files.ts';
import type { LeftOut } from './left-out.ts';
import { readLogFile } from './read-log-file.ts';
import { RemoteObjects } from './remote-objects.ts';
import { RemoteTable } from './remote-table.ts';

/** Facts that a worker gathers before it hands them over: 15 MB or so. */
const BATCH_ROWS = 16_384;
/** Quarantined records that a worker holds at the most. */
const BATCH_QUARANTINED = 200;
/** Objects of S3 on their way while one is read, a megabyte of each at the most. */
const OBJECTS_AHEAD = 16;

/** To the worker. An order to read no files means to hand over what is left. */
export type WorkOrder =
  | {
      readonly kind: 'read';
      readonly files: readonly string[];
      /** Those that are read only if they look like log files. */
      readonly doubtful: readonly string[];
    }
  /** Of a worker that paused. */
  | { readonly kind: 'go on' }
  | { readonly kind: 'seal'; readonly day: string };

/** From the worker: what it read since the last time. The next order comes when this is durable. */
export interface FilesRead extends GatheredRecords {
  readonly kind: 'read';
  readonly counts: ReadCounts;
  readonly unreadable: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** Files that were read before with other bytes. */
  readonly changed: readonly string[];
  /** Files of the order that are for another one, this one having brought enough. */
  readonly left: readonly string[];
  /** In the middle of a large file, which goes on when this is durable; then `left` is empty. */
  readonly isPaused: boolean;
}

export interface DaySealed {
  readonly kind: 'sealed';
}

export interface OrderFailed {
  readonly kind: 'failed';
  readonly error: unknown;
  /** Of a `KeytrailError`, which does not come across as one. */
  readonly code?: KeytrailErrorCode;
}

/** How a worker reaches the table: it opens an embedded store itself, and asks for another by the main thread. */
export type WorkersTable =
  | { readonly kind: 'embedded'; readonly dataFolder: string }
  | { readonly kind: 'remote'; readonly port: MessagePort };

export interface ImportWorkerData {
  readonly hashKey: Uint8Array;
  /** When the files are read, epoch milliseconds. */
  readonly readMs: number;
  readonly table: WorkersTable;
  /** Leads to the objects, where some are imported. */
  readonly objectsPort?: MessagePort;
}

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');

const { hashKey, readMs, table: workersTable, objectsPort } = workerData as ImportWorkerData;
const gatherer = new RecordGatherer(hashKey, () => readMs);
const reader = new LogFileReader(gatherer);
const objects = objectsPort === undefined ? undefined : new RemoteObjects(objectsPort);
/** Files that were read before with other bytes. */
let changed: string[] = [];
let opening: Promise<Table> | undefined;
let sealing: Promise<Sealing> | undefined;

let goOn: (() => void) | undefined;

port.on('message', async (order: WorkOrder) => {
  try {
    switch (order.kind) {
      case 'read':
        await readFiles(order.files, new Set(order.doubtful));
        break;
      case 'go on':
        goOn?.();
        break;
      case 'seal':
        await seal(order.day);
        port.postMessage({ kind: 'sealed' } satisfies DaySealed);
        break;
      default:
        order satisfies never;
    }
  } catch (error) {
    const code = error instanceof KeytrailError ? { code: error.code } : {};
    port.postMessage({ kind: 'failed', error, ...code } satisfies OrderFailed);
  }
});

async function readFiles(files: readonly string[], doubtful: ReadonlySet<string>): Promise<void> {
  if (files.length === 0) objects?.readAhead([]);
  const unreadable: string[] = [];
  const leftOut: LeftOut[] = [];
  let read = 0;
  while (read < files.length && !isFull()) {
    const path = files[read++] as string; // read < files.length
    const ready = () => (isFull() ? pause() : undefined);
    const options = { ready, ...(doubtful.has(path) ? { refuses: refusalOfText } : {}) };
    let reason: string | undefined;
    try {
      if (objects !== undefined && isObjectUrl(path)) {
        objects.readAhead(files.slice(read - 1, read + OBJECTS_AHEAD).filter(isObjectUrl));
        const source = { kind: 'object', isKnown } as const;
        reason = await reader.read(path, (url, sink) => readLogObject(objects, url, sink), {
          ...options,
          source,
        });
      } else {
        const source = { kind: 'local-file', isKnown } as const;
        reason = await reader.read(path, readLogFile, { ...options, wholePath: resolve(path), source });
      }
      if (reason !== undefined) leftOut.push({ source: path, reason });
    } catch (error) {
      unreadable.push(isSentence(error) ? error.message : sentenceOf(path, error));
    }
  }
  handOver({ isWhole: files.length === 0, unreadable, leftOut, left: files.slice(read), isPaused: false });
}

async function isKnown(source: Required<RecordSource>): Promise<boolean> {
  const known = await whatIsKnownOf(await theTable(), source);
  if (known === 'other-bytes') changed.push(source.name);
  return known === 'same';
}

function isSentence(error: unknown): error is KeytrailError {
  return error instanceof KeytrailError && error.code === 'path-unreadable';
}

function isFull(): boolean {
  return gatherer.rows >= BATCH_ROWS || gatherer.refused >= BATCH_QUARANTINED;
}

function pause(): Promise<void> {
  handOver({ isWhole: true, unreadable: [], leftOut: [], left: [], isPaused: true });
  return new Promise((resolve) => {
    goOn = resolve;
  });
}

function handOver({
  isWhole,
  ...rest
}: { readonly isWhole: boolean } & Pick<FilesRead, 'unreadable' | 'leftOut' | 'left' | 'isPaused'>): void {
  const files = { ...rest, changed };
  changed = [];
  const gathered = gatherer.finish(isWhole || isFull());
  const { counts } = gatherer;
  gatherer.counts = noCounts();
  const bodies = gathered.segments.map((segment) => segment.body.buffer as ArrayBuffer);
  port?.postMessage({ kind: 'read', ...gathered, counts, ...files } satisfies FilesRead, bodies);
}

async function seal(day: string): Promise<void> {
  sealing ??= beginSealing();
  const { table, memory } = await sealing;
  await sealDay(table, day, 'import', memory);
}

interface Sealing {
  readonly table: Table;
  readonly memory: SealerMemory;
}

async function beginSealing(): Promise<Sealing> {
  const table = await theTable();
  return { table, memory: await newSealerMemory(table) };
}

function theTable(): Promise<Table> {
  opening ??= openTable(workersTable);
  return opening;
}

/** The thread's end closes what it has open. */
async function openTable(of: WorkersTable): Promise<Table> {
  if (of.kind === 'remote') return new RemoteTable(of.port);
  return (await openEmbeddedStore(of.dataFolder, { mode: 'change' })).table;
}
