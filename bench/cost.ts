// Run by hand: node bench/cost.ts [--uses 100000] [--days 3] [--window 60] [--detection-minutes 10]
// What a million key uses cost in AWS, by EventBridge's events and by log files: every unit of DynamoDB, request of SQS
// and S3 and millisecond of Lambda counted while a simulated account is taken in, sealed as the schedule would and
// swept, at list prices; once more with alerts, raised at ingest and by a detection every some minutes. Storage and what
// runs without any event are listed separately.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { CurrentExpectations } from '../src/alerts/detect/current-expectations.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../src/alerts/detect/detection-settings.ts';
import { Detector } from '../src/alerts/detect/detector.ts';
import { StreamingDetector } from '../src/alerts/detect/streaming-detector.ts';
import { isSealDue } from '../src/history/day/day-state.ts';
import { sealDue } from '../src/history/seal/seal-day.ts';
import { sweep } from '../src/history/seal/sweep.ts';
import { readLogFile } from '../src/import/read-log-file.ts';
import { ingestMessages } from '../src/ingest/ingest-messages.ts';
import { LogFileReader } from '../src/ingest/log-file-reader.ts';
import { makeDurable } from '../src/ingest/make-durable.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import type { Table } from '../src/table/table.ts';
import { readAt } from '../test/builders/read-at.ts';
import { Ledger, type Spent } from './ledger.ts';
import { printResult, printTable, say } from './print.ts';
import { simulatedMonth } from './simulated-month.ts';
import { rounded, sum } from './statistics.ts';
import { inWorkFolder } from './work-folder.ts';

const { values } = parseArgs({
  options: {
    uses: { type: 'string', default: '100000' },
    days: { type: 'string', default: '3' },
    window: { type: 'string', default: '60' },
    every: { type: 'string', default: '6' },
    'detection-minutes': { type: 'string', default: '10' },
  },
});
const windowMs = Number(values.window) * 1000;

/**
 * Dollars for one, us-east-1, on demand, beyond the free tier, as published in November 2025: DynamoDB standard tables
 * since November 2024, SQS standard queues, Lambda on arm64, S3 GET.
 */
const prices = {
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  queueRequest: 0.4 / 1e6,
  invocation: 0.2 / 1e6,
  gigabyteSecond: 0.0000133334,
  objectGet: 0.0004 / 1e3,
};
const MEMORY_GIGABYTES = 1;
/** What a request to the table takes, which the function waits for and pays. */
const REQUEST_MS = 5;
const MESSAGES_A_REQUEST = 10;
const BATCH_MESSAGES = 1_000;
const HOUR_MS = 3_600_000;
const sealMs = Number(values.every) * HOUR_MS;
const SETTLING_MS = 25 * 60_000;
/** As `handlers/raise.ts` has it. */
const EXPECTATIONS_LAST_MS = 30_000;
const detectionIntervalMs = Number(values['detection-minutes']) * 60_000;

interface Arrival {
  readonly timeMs: number;
  /** The text of an event, or the path of a log file. */
  readonly content: string;
}

interface Bill {
  readonly door: string;
  rows: number;
  messages: number;
  batches: number;
  detections: number;
  queueRequests: number;
  objectGets: number;
  lambdaMs: number;
  writeUnits: number;
  deleteUnits: number;
  readUnits: number;
}

/** KMS's and SageMaker's records, as the rules of EventBridge let them through, in the order of their events. */
function eventsOf(folder: string): Arrival[] {
  return logFilesIn(folder)
    .flatMap(
      ({ content }) =>
        (JSON.parse(gunzipSync(readFileSync(content)).toString()) as { Records: Record<string, string>[] })
          .Records,
    )
    .filter(
      ({ eventSource }) => eventSource === 'kms.amazonaws.com' || eventSource === 'sagemaker.amazonaws.com',
    )
    .map((detail) => ({
      timeMs: Date.parse(detail['eventTime'] ?? ''),
      content: JSON.stringify({ 'detail-type': 'AWS API Call via CloudTrail', detail }),
    }))
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** By the time in their names, at which they are delivered. */
function logFilesIn(folder: string): Arrival[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json.gz'))
    .map((path) => ({ timeMs: deliveryOf(path), content: join(folder, path) }))
    .sort((a, b) => a.timeMs - b.timeMs);
}

function deliveryOf(path: string): number {
  const [, date = '', hours = '', minutes = ''] = /_(\d{8})T(\d{2})(\d{2})Z/.exec(path) ?? [];
  return Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${hours}:${minutes}:00Z`);
}

/** As an event source mapping gathers them: until the window is over, or there are enough. */
function* batchesOf(arrivals: readonly Arrival[]): Generator<readonly Arrival[]> {
  let batch: Arrival[] = [];
  for (const arrival of arrivals) {
    const [first] = batch;
    if (first !== undefined && (arrival.timeMs - first.timeMs > windowMs || batch.length >= BATCH_MESSAGES)) {
      yield batch;
      batch = [];
    }
    batch.push(arrival);
  }
  if (batch.length > 0) yield batch;
}

type Take = (batch: readonly Arrival[], ledger: Ledger) => Promise<number>;

/** What runs beside it at a time of its own. */
type Detect = (ledger: Ledger, nowMs: number) => Promise<void>;

async function billOf(
  door: string,
  arrivals: readonly Arrival[],
  take: Take,
  detect?: Detect,
): Promise<Bill> {
  const ledger = new Ledger();
  const bill: Bill = {
    door,
    rows: 0,
    messages: arrivals.length,
    batches: 0,
    detections: 0,
    // The sender's requests are the queue owner's to pay.
    queueRequests: arrivals.length,
    objectGets: 0,
    lambdaMs: 0,
    writeUnits: 0,
    deleteUnits: 0,
    readUnits: 0,
  };
  const spend = async (work: () => Promise<number>) => {
    const requests = requestsOf(ledger);
    const spent = await ledger.spend(work);
    addTo(bill, spent, (requestsOf(ledger) - requests) * REQUEST_MS);
  };
  const seal = (nowMs: number) =>
    spend(async () => {
      await sealDue(ledger.table, 'cost', {
        isDue: (state) => isSealDue(state, nowMs),
        isTimeLeft: () => true,
      });
      await sweep(ledger.table);
      return 0;
    });
  let nextSealMs = Number.POSITIVE_INFINITY;
  let nextPassMs = Number.POSITIVE_INFINITY;
  let lastMs = 0;
  for (const batch of batchesOf(arrivals)) {
    const nowMs = batch.at(-1)?.timeMs ?? 0;
    if (nextSealMs === Number.POSITIVE_INFINITY) {
      nextSealMs = Math.ceil(nowMs / sealMs) * sealMs + SETTLING_MS;
    }
    for (; nowMs > nextSealMs; nextSealMs += sealMs) await seal(nextSealMs);
    if (nextPassMs === Number.POSITIVE_INFINITY) nextPassMs = nowMs + detectionIntervalMs;
    for (; nowMs > nextPassMs; nextPassMs += detectionIntervalMs) {
      const detectedMs = nextPassMs;
      if (detect === undefined) continue;
      bill.detections += 1;
      await spend(async () => {
        await detect(ledger, detectedMs);
        return 0;
      });
    }
    await spend(() => take(batch, ledger));
    bill.batches += 1;
    bill.queueRequests += 2 * Math.ceil(batch.length / MESSAGES_A_REQUEST);
    lastMs = nowMs;
  }
  await seal(lastMs + 2 * 24 * HOUR_MS);
  say(`Units written by kind of item: ${JSON.stringify(ledger.meter.writeUnitsByKind)}`);
  say(`Units read by kind of item: ${JSON.stringify(ledger.meter.readUnitsByKind)}`);
  return bill;
}

function addTo(bill: Bill, spent: Spent, waitedMs: number): void {
  bill.rows += spent.rows;
  bill.lambdaMs += spent.busyMs + waitedMs;
  bill.writeUnits += spent.writeUnits;
  bill.deleteUnits += spent.deleteUnits;
  bill.readUnits += spent.readUnits;
}

function requestsOf({ meter }: Ledger): number {
  return sum(Object.values(meter.requests));
}

/** Dollars for a million uses, by what is billed. */
function costOf(bill: Bill): Record<string, number> {
  const each = 1e6 / bill.rows;
  return {
    'SQS requests': bill.queueRequests * prices.queueRequest * each,
    'S3 requests': bill.objectGets * prices.objectGet * each,
    Lambda:
      ((bill.batches + bill.detections) * prices.invocation +
        (bill.lambdaMs / 1000) * MEMORY_GIGABYTES * prices.gigabyteSecond) *
      each,
    'DynamoDB writes': bill.writeUnits * prices.writeUnit * each,
    'DynamoDB reads': bill.readUnits * prices.readUnit * each,
  };
}

await inWorkFolder('cost', { keep: false }, async (folder) => {
  const month = await simulatedMonth(folder, { uses: Number(values.uses), days: Number(values.days) });
  const gatherer = () => new RecordGatherer(new Uint8Array(32), readAt);
  const keepLarge = async () => {};

  say('By events…');
  const ofEvents = gatherer();
  const events = await billOf('EventBridge', eventsOf(month.logs), async (batch, { table }) => {
    const messages = batch.map(({ content }, index) => ({ messageId: String(index), body: content }));
    return (await ingestMessages(messages, ofEvents, { table, keepLarge }, () => 0)).recorded;
  });

  say('By events, with alerts…');
  const withAlerts = gatherer();
  let detector: Detector | undefined;
  let streaming: StreamingDetector | undefined;
  let nowMs = 0;
  const streamingDetectorOver = (table: Table) => {
    const current = new CurrentExpectations(table);
    const expectations = () => current.judgeCachedFor(nowMs, EXPECTATIONS_LAST_MS);
    return new StreamingDetector({
      table,
      expectations,
      settings: DEFAULT_DETECTION_SETTINGS,
      now: () => nowMs,
    });
  };
  const alerts = await billOf(
    'EventBridge, with alerts',
    eventsOf(month.logs),
    async (batch, { table }) => {
      nowMs = batch.at(-1)?.timeMs ?? nowMs;
      streaming ??= streamingDetectorOver(table);
      const messages = batch.map(({ content }, index) => ({ messageId: String(index), body: content }));
      const raise = async (uses: Parameters<StreamingDetector['raise']>[0]) => {
        await streaming?.raise(uses);
      };
      return (await ingestMessages(messages, withAlerts, { table, keepLarge }, () => 0, raise)).recorded;
    },
    async ({ table }, detectedMs) => {
      detector ??= new Detector(table);
      await detector.run({
        by: String(detectedMs),
        now: () => detectedMs,
        settings: DEFAULT_DETECTION_SETTINGS,
      });
    },
  );

  say('By log files…');
  const ofFiles = gatherer();
  const reader = new LogFileReader(ofFiles);
  const files = await billOf('log files', logFilesIn(month.logs), async (batch, { table }) => {
    for (const { content } of batch) await reader.read(content, readLogFile);
    const { rows } = ofFiles;
    await makeDurable(ofFiles.finish(), { table, keepLarge });
    return rows;
  });
  files.objectGets = files.messages;

  const bills = [events, alerts, files];
  const costs = bills.map(costOf);
  printTable(
    ['dollars for a million uses', ...bills.map(({ door }) => door)],
    [
      ...Object.keys(costs[0] ?? {}).map((what) => [
        what,
        ...costs.map((cost) => (cost[what] ?? 0).toFixed(3)),
      ]),
      ['in all', ...costs.map((cost) => sum(Object.values(cost)).toFixed(3))],
      ['messages a batch', ...bills.map(({ messages, batches }) => rounded(messages / batches, 1))],
      ['write units a row', ...bills.map(({ writeUnits, rows }) => rounded(writeUnits / rows, 3))],
      ['of which deletes', ...bills.map(({ deleteUnits, rows }) => rounded(deleteUnits / rows, 3))],
    ],
  );
  printResult('cost', { windowSeconds: windowMs / 1000, prices, requestMs: REQUEST_MS, bills, costs });
});
