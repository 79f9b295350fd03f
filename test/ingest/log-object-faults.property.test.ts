import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUnsettled } from '../../src/history/day/day-state.ts';
import { sealDue } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { WHOLE_GZIP_BYTES } from '../../src/ingest/feed-log-bytes.ts';
import { ingestLogObjects } from '../../src/ingest/ingest-log-objects.ts';
import { quarantinedItems } from '../../src/ingest/quarantine.ts';
import type { QueueMessage } from '../../src/ingest/queue-message.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { openObjectsOf } from '../../src/s3/open-objects.ts';
import type { Table } from '../../src/table/table.ts';
import { readAt } from '../builders/read-at.ts';
import { expectAnswersOf } from '../history/delivered-records.ts';
import { aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import type { Json } from '../oracle/json.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { aPlantedFault, MortalTable, untilDone } from '../table/mortal-table.ts';
import { anObjectFault, FailingObjects } from './failing-objects.ts';

const RUNS = process.env['KEYTRAIL_FUZZ_RUNS'];
const TIMEOUT_MS = 60_000 + 1_000 * Number(RUNS ?? 0);

const BUCKET = 'trail-logs';

/** A log file as somebody wrote it, and what became of it. */
interface WrittenObject {
  readonly form: 'gzip' | 'plain' | 'lines' | 'large gzip';
  readonly state: 'there' | 'gone' | 'cut short at first';
  /** Of one that is cut short at first, how much of it is there then. */
  readonly share: number;
}

const anObject: fc.Arbitrary<WrittenObject> = fc.record({
  form: fc.oneof(
    { weight: 15, arbitrary: fc.constantFrom('gzip', 'plain', 'lines') },
    { weight: 1, arbitrary: fc.constant('large gzip') },
  ),
  state: fc.oneof(
    { weight: 4, arbitrary: fc.constant('there') },
    { weight: 1, arbitrary: fc.constantFrom('gone', 'cut short at first') },
  ),
  share: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
});

/** How the queue announces an object. */
interface Telling {
  readonly wrapping: 'S3' | 'SNS' | 'CloudTrail' | 'EventBridge';
  /** Whether it comes once more though it was acknowledged. */
  readonly again: boolean;
  readonly step: '' | 'seal' | 'seal in a hurry' | 'sweep';
}

const aTelling: fc.Arbitrary<Telling> = fc.record({
  wrapping: fc.constantFrom('S3', 'SNS', 'CloudTrail', 'EventBridge'),
  again: fc.boolean(),
  step: fc.constantFrom('', '', 'seal', 'seal in a hurry', 'sweep'),
});

const aPoison = fc.constantFrom('', '{', '[]', 'null', '{"Message":"no notification"}');

function bytesOf(records: readonly Json[], { form }: WrittenObject): Buffer {
  switch (form) {
    case 'plain':
      return Buffer.from(JSON.stringify({ Records: records }));
    case 'lines':
      return Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    case 'gzip':
      return gzipSync(JSON.stringify({ Records: records }));
    case 'large gzip': {
      // More than is unzipped at once, so that what is refused in it is made durable while it is read.
      const stranger = { eventSource: 's3.amazonaws.com', requestParameters: 'x'.repeat(WHOLE_GZIP_BYTES) };
      const refused = Array.from({ length: 201 }, () => ({ eventSource: 'kms.amazonaws.com' }));
      return gzipSync(JSON.stringify({ Records: [...refused, stranger, ...records] }), { level: 0 });
    }
    default:
      return form satisfies never;
  }
}

const keyOf = (number: number, { form }: WrittenObject) =>
  `trail/2026/03/01/${number}${form === 'lines' ? '.ndjson' : form === 'plain' ? '.json' : '.json.gz'}`;

/** A message for a new object, as each of those who may send one does. */
function bodyAnnouncing(key: string, wrapping: Telling['wrapping']): string {
  const notification = JSON.stringify({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: BUCKET }, object: { key } } }],
  });
  switch (wrapping) {
    case 'S3':
      return notification;
    case 'SNS':
      return JSON.stringify({ Type: 'Notification', Message: notification });
    case 'CloudTrail':
      return JSON.stringify({
        Type: 'Notification',
        Message: JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [key] }),
      });
    case 'EventBridge':
      return JSON.stringify({
        'detail-type': 'Object Created',
        detail: { bucket: { name: BUCKET }, object: { key } },
      });
    default:
      return wrapping satisfies never;
  }
}

/** Function invocations for what waits in a queue, until nothing does. */
async function drain(
  queue: QueueMessage[],
  batchSize: number,
  table: MortalTable,
  objects: FailingObjects,
  isWarm: () => boolean,
): Promise<void> {
  let gatherer = new RecordGatherer(new Uint8Array(32), readAt);
  while (queue.length > 0) {
    const batch = queue.splice(0, batchSize);
    await untilDone(table, async (alive: Table) => {
      const keeping = { table: alive, keepLarge: async () => {} };
      try {
        const { failed, balance } = await ingestLogObjects(
          batch,
          gatherer,
          openObjectsOf(objects),
          keeping,
          () => 0,
        );
        expect(balance.unaccounted).toBe(0);
        const ids = failed.map(({ messageId }) => messageId);
        queue.push(...batch.filter(({ messageId }) => ids.includes(messageId)));
      } catch (error) {
        // A warm function keeps its gatherer, a new process has another.
        if (!isWarm()) gatherer = new RecordGatherer(new Uint8Array(32), readAt);
        throw error;
      }
    });
  }
}

it(
  'whatever fails of downloads and writes, what log files hold is there once, and what cannot be read is in quarantine',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        aSetAndDeliveries({ maxEvents: 12 }),
        fc.array(anObject, { minLength: 1, maxLength: 6 }),
        fc.array(aTelling, { minLength: 1, maxLength: 6 }),
        fc.array(aPlantedFault({ far: 240 }), { maxLength: 10 }),
        fc.array(anObjectFault, { maxLength: 16 }),
        fc.array(aPoison, { maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        async ({ one }, written, announcements, writeFaults, objectFaults, poison, batchSize, warmth) => {
          let failures = 0;
          const isWarm = () => warmth[failures++ % warmth.length] === true;
          const memory = new MemoryTable();
          const table = new MortalTable(memory, writeFaults);
          const objects = new FailingObjects(objectFaults);
          const queue: QueueMessage[] = [];
          let messages = 0;
          const send = (body: string) => queue.push({ messageId: `m${messages++}`, body });
          const seal = (isHurried: boolean) => {
            let left = isHurried ? 2 : Number.POSITIVE_INFINITY;
            return untilDone(table, (alive) =>
              sealDue(alive, 'test', {
                isDue: isUnsettled,
                isTimeLeft: () => left-- > 0,
                ...(isHurried ? { mostRows: 1 } : {}),
              }),
            );
          };

          const readable: Json[] = [];
          const expected = new Set<string>();
          for (const body of poison) {
            expected.add(`not-a-notification message:m${messages}`);
            send(body);
          }
          for (const [number, records] of one.entries()) {
            const object = written[number % written.length] as WrittenObject;
            const announcement = announcements[number % announcements.length] as Telling;
            const key = keyOf(number, object);
            const url = `s3://${BUCKET}/${key}`;
            const whole = bytesOf(records, object);
            const announce = () => send(bodyAnnouncing(key, announcement.wrapping));
            if (object.state === 'gone') expected.add(`gone ${url}`);
            else readable.push(...records);
            if (object.state === 'cut short at first') {
              objects.objects.set(url, whole.subarray(0, Math.floor(whole.length * object.share)));
              announce();
              await drain(queue, batchSize, table, objects, isWarm);
              if (url.endsWith('.gz')) expected.add(`cut-short ${url}`);
            }
            if (object.state !== 'gone') objects.objects.set(url, whole);
            announce();
            if (announcement.again) announce();
            // Some wait until others have come.
            if (announcement.step !== '') await drain(queue, batchSize, table, objects, isWarm);
            if (announcement.step.startsWith('seal')) await seal(announcement.step !== 'seal');
            if (announcement.step === 'sweep') await untilDone(table, (alive) => sweep(alive));
          }
          await drain(queue, batchSize, table, objects, isWarm);
          await seal(false);
          await untilDone(table, (alive) => sweep(alive));
          await expectAnswersOf(memory, readable);
          const quarantined: string[] = [];
          for await (const { code, source } of quarantinedItems(memory)) {
            if (['gone', 'cut-short', 'not-a-notification'].includes(code))
              quarantined.push(`${code} ${source}`);
          }
          expect(quarantined.toSorted()).toEqual([...expected].toSorted());
        },
      ),
      { numRuns: Number(RUNS ?? 25), interruptAfterTimeLimit: TIMEOUT_MS - 20_000 },
    );
  },
  TIMEOUT_MS,
);
