// Run by hand: node bench/busy-partition.ts [--rate 100000] [--seconds 10] [--batch 1000]
// One key is used a hundred thousand times a second: how many write units any one partition key of the table takes in a
// second, of which DynamoDB gives each 1,000, and read units, of which it gives 3,000. Messages are taken in as the
// function takes them, in full batches, the streaming detector included; the second is that of the events.

import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CurrentExpectations } from '../src/alerts/detect/current-expectations.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../src/alerts/detect/detection-settings.ts';
import { StreamingDetector } from '../src/alerts/detect/streaming-detector.ts';
import { readDays } from '../src/history/day/day-state.ts';
import { sealAll } from '../src/history/seal/seal-day.ts';
import { ingestMessages } from '../src/ingest/ingest-messages.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import type { ItemKey, Table } from '../src/table/table.ts';
import { readAt } from '../test/builders/read-at.ts';
import { MemoryTable } from '../test/table/memory-table.ts';
import { itemBytes } from './metered-table.ts';
import { printResult, printTable, say } from './print.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '10' },
    batch: { type: 'string', default: '1000' },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const inBatch = Number(values.batch);
const START_MS = Date.parse('2026-03-02T10:00:00Z');
const ACCOUNT = '111122223333';
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

/** What each partition key took in one second of the events, and the most in any. */
class Load {
  #now = new Map<string, number>();
  readonly most = new Map<string, number>();

  add(pk: string, units: number): void {
    this.#now.set(pk, (this.#now.get(pk) ?? 0) + units);
  }

  next(): void {
    for (const [pk, units] of this.#now) this.most.set(pk, Math.max(units, this.most.get(pk) ?? 0));
    this.#now = new Map();
  }
}

const writes = new Load();
const reads = new Load();
const memory = new MemoryTable();
const table = loaded(memory);
const gatherer = new RecordGatherer(Buffer.from('busy'), readAt);
const current = new CurrentExpectations(table);
let nowMs = START_MS;
const detector = new StreamingDetector({
  table,
  expectations: () => current.judgeCachedFor(nowMs, 30_000),
  settings: DEFAULT_DETECTION_SETTINGS,
  now: () => nowMs,
});
const keeping = { table, keepLarge: async () => {} };
for (let second = 0; second < seconds; second++) {
  nowMs = START_MS + second * 1000;
  for (let first = 0; first < rate; first += inBatch) {
    const length = Math.min(inBatch, rate - first);
    const messages = Array.from({ length }, (_, place) => messageOf(second, second * rate + first + place));
    await ingestMessages(
      messages,
      gatherer,
      keeping,
      () => nowMs,
      async (uses) => {
        await detector.raise(uses);
      },
    );
  }
  writes.next();
  reads.next();
}
say('Taken in.');
await sealAll(memory, 'bench', 'bench');
const rows = (await readDays(memory)).reduce((sum, day) => sum + day.rows, 0);
if (rows !== rate * seconds) throw new Error(`${rows} rows of ${rate * seconds} uses`);
const busiest = (load: Load) => [...load.most].sort(([, a], [, b]) => b - a);
printTable(
  ['partition key', 'write units in its busiest second'],
  busiest(writes)
    .slice(0, 20)
    .map(([pk, units]) => [pk, units]),
);
printTable(
  ['partition key', 'read units in its busiest second'],
  busiest(reads)
    .slice(0, 5)
    .map(([pk, units]) => [pk, units]),
);
const [, mostWritten = 0] = busiest(writes)[0] ?? [];
const [, mostRead = 0] = busiest(reads)[0] ?? [];
printResult('busy-partition', { rate, seconds, inBatch, rows, mostWritten, mostRead });

/** A job's role reads one more object. Events come in the second in which they are. */
function messageOf(second: number, number: number) {
  const eventID = createHash('md5').update(String(number)).digest('hex');
  const id = eventID.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const eventTime = new Date(START_MS + second * 1000).toISOString().replace('.000', '');
  const job = number % 40;
  const detail = {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROATRAINING:SageMaker',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Training/SageMaker`,
      accountId: ACCOUNT,
      accessKeyId: `ASIATRAINING${job}`,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROATRAINING',
          arn: `arn:aws:iam::${ACCOUNT}:role/Training`,
          accountId: ACCOUNT,
          userName: 'Training',
        },
        attributes: {
          creationDate: new Date(START_MS - job * 60_000).toISOString().replace('.000', ''),
          mfaAuthenticated: 'false',
        },
      },
      invokedBy: 'AWS Internal',
    },
    eventTime,
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    awsRegion: 'us-east-1',
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    requestParameters: {
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      encryptionContext: {
        'aws:s3:arn': `arn:aws:s3:::training-data/customers/${eventID}.parquet`,
      },
    },
    responseElements: null,
    requestID: id,
    eventID: id,
    readOnly: true,
    resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: KEY }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
  };
  const envelope = {
    ...{ version: '0', id, 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.kms' },
    ...{ account: ACCOUNT, time: eventTime, region: 'us-east-1', resources: [], detail },
  };
  return { messageId: id, body: JSON.stringify(envelope) };
}

/** Counts by partition key what DynamoDB would: 1 KB of each item written, 4 KB of each request read. */
function loaded(of: MemoryTable): Table {
  const wrote = (item: Parameters<Table['put']>[0]) =>
    writes.add(item.pk, Math.max(1, Math.ceil(itemBytes(item) / 1024)));
  const read = (pk: string, bytes: number) => reads.add(pk, Math.max(1, Math.ceil(bytes / 4096)));
  return {
    async get(key) {
      const item = await of.get(key);
      read(key.pk, item === undefined ? 0 : itemBytes(item));
      return item;
    },
    async getAll(keys: readonly ItemKey[]) {
      const items = await of.getAll(keys);
      for (const item of items) read(item.pk, itemBytes(item));
      return items;
    },
    async query(pk, range) {
      const items = await of.query(pk, range);
      read(
        pk,
        items.reduce((sum, item) => sum + itemBytes(item), 0),
      );
      return items;
    },
    async put(item) {
      wrote(item);
      return of.put(item);
    },
    async putIf(item, expected) {
      wrote(item);
      return of.putIf(item, expected);
    },
    async write(puts, deletes = []) {
      for (const item of puts) wrote(item);
      return of.write(puts, deletes);
    },
  };
}
