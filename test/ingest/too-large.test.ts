import { describe, expect, test } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { ingestMessages } from '../../src/ingest/ingest-messages.ts';
import { quarantinedItems } from '../../src/ingest/quarantine.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import {
  aCreateGrant,
  account,
  aDecrypt,
  aReEncrypt,
  aRole,
  otherAccount,
} from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { aCreateTrainingJob, aTrainingRequest } from '../builders/sagemaker-record.ts';
import { everyRow } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';

/** Characters of three bytes in UTF-8, each as likely as the next, so that nothing makes them smaller. */
function incompressible(length: number, seed = 1): string {
  let state = seed;
  let text = '';
  for (let index = 0; index < length; index++) {
    state = (state * 48_271) % 2_147_483_647;
    text += String.fromCharCode(0x4e00 + (state % 20_000));
  }
  return text;
}

/** A value with every text in it, but for what a record is known by, made as long as that. */
function inflated(value: unknown, length: number, seed = { next: 1 }): unknown {
  if (typeof value === 'string') return value + incompressible(length, seed.next++);
  if (Array.isArray(value)) return value.map((each) => inflated(each, length, seed));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      KNOWN_BY.has(name) ? member : inflated(member, length, seed),
    ]),
  );
}

const KNOWN_BY = new Set([
  ...['eventID', 'eventName', 'eventSource', 'eventTime', 'awsRegion', 'recipientAccountId', 'sharedEventID'],
  ...['type', 'resources', 'responseElements', 'keyId', 'creationDate'],
]);

const context = (length: number) => ({
  requestParameters: { encryptionContext: { x: incompressible(length) } },
});

async function ingested(...records: object[]) {
  const table = new MemoryTable();
  const kept = new Map<string, number>();
  const messages = records.map((record, index) => ({ messageId: `${index}`, body: JSON.stringify(record) }));
  const keepLarge = async (name: string, bytes: Uint8Array) => void kept.set(name, bytes.length);
  const result = await ingestMessages(
    messages,
    new RecordGatherer(new Uint8Array(32), readAt),
    { table, keepLarge },
    () => Date.parse('2026-03-01T12:00:00Z'),
  );
  await sealAll(table, 'test', 'test');
  const rows = await everyRow(new History(table));
  const quarantined = [];
  for await (const item of quarantinedItems(table)) quarantined.push(item);
  return { result, rows, quarantined, kept };
}

const GOOD = aDecrypt({ eventID: 'good' });

describe('a record that says more than an item can hold', () => {
  test.each([
    ['in its encryption context', aDecrypt({ eventID: 'large', ...context(300_000) })],
    [
      'in many small pairs of it',
      aDecrypt({
        eventID: 'large',
        requestParameters: {
          encryptionContext: Object.fromEntries(
            Array.from({ length: 50_000 }, (_, index) => [`${index}`, 'x']),
          ),
        },
      }),
    ],
    [
      'in the context of one of its two keys',
      aReEncrypt({
        eventID: 'large',
        requestParameters: { destinationEncryptionContext: { x: incompressible(300_000) } },
      }),
    ],
    [
      'in the constraints of its grant',
      aCreateGrant({
        eventID: 'large',
        requestParameters: { constraints: { encryptionContextEquals: { x: incompressible(300_000) } } },
      }),
    ],
    [
      'in the operations of its grant',
      aCreateGrant({
        eventID: 'large',
        requestParameters: {
          operations: Array.from({ length: 200 }, (_, index) => incompressible(1_300, index + 1)),
        },
      }),
    ],
  ])('%s is quarantined with its reason and bytes, and what came with it is in', async (_where, record) => {
    const { result, rows, quarantined, kept } = await ingested(GOOD, record);
    expect(result).toMatchObject({ failed: [], quarantined: 1 });
    expect(rows.map(({ eventId }) => eventId)).toEqual(['good']);
    expect(quarantined).toMatchObject([{ code: 'too-large', source: 'message:1' }]);
    const [entry] = quarantined;
    // A hash stands for the access key id.
    const bytes = Buffer.byteLength(JSON.stringify(record)) + 'hashed-access-key-'.length + 16 - 20;
    expect(kept.get(entry?.kept ?? '') ?? entry?.bytes?.length).toBe(bytes);
  });

  test('of a job is quarantined too, without its bytes', async () => {
    const request = {
      ...aTrainingRequest('large'),
      vpcConfig: {},
      inputDataConfig: Array.from({ length: 100 }, (_, index) => ({
        dataSource: { s3DataSource: { s3Uri: `s3://bucket/${incompressible(1_000, index + 1)}` } },
      })),
    };
    const record = aCreateTrainingJob({ requestParameters: request }, 'large');
    const { result, rows, quarantined } = await ingested(GOOD, record);
    expect(result).toMatchObject({ failed: [], quarantined: 1 });
    expect(rows).toHaveLength(1);
    expect(quarantined).toMatchObject([{ code: 'too-large' }]);
    expect(quarantined[0]).not.toHaveProperty('bytes');
  });
});

test('thousands of copies of one use are one row that names some of them, and says so', async () => {
  const copies = Array.from({ length: 3_000 }, (_, index) =>
    aDecrypt({
      eventID: `${index} ${incompressible(200, index + 1)}`,
      sharedEventID: 'shared',
      recipientAccountId: String(100_000_000_000 + index),
    }),
  );
  const { rows, quarantined } = await ingested(GOOD, ...copies);
  expect(quarantined).toEqual([]);
  const [folded] = rows.filter(({ eventId }) => eventId !== 'good');
  expect(rows).toHaveLength(2);
  expect(folded?.copies).toHaveLength(50);
  expect(folded?.truncated).toEqual(['copies']);
});

describe('a record within the bounds', () => {
  test('is a row with four times the context that KMS takes', async () => {
    const { rows } = await ingested(aDecrypt({ eventID: 'whole', ...context(32_000) }));
    expect(rows[0]?.encryptionContext?.['x']).toHaveLength(32_000);
  });

  test.each([100, 1_365, 5_000, 40_000])(
    'is a row or quarantined with each of its texts %i longer',
    async (length) => {
      const records = [aDecrypt({ by: aRole() }), aReEncrypt(), aCreateGrant()].map((record, index) =>
        inflated({ ...record, eventID: `inflated-${index}` }, length),
      );
      const { result, rows, quarantined } = await ingested(GOOD, ...records.map((record) => Object(record)));
      expect(result.failed).toEqual([]);
      const ids = new Set(rows.map(({ eventId }) => eventId));
      expect(ids).toContain('good');
      expect(ids.size + quarantined.length).toBe(4);
    },
  );

  test('is folded with its copy in another account, each as large as they may be', async () => {
    const sharedEventID = 'shared';
    const { rows } = await ingested(
      aDecrypt({ eventID: 'caller', sharedEventID, ...context(32_000) }),
      aCreateGrant({
        eventID: 'owner',
        eventName: 'Decrypt',
        sharedEventID,
        recipientAccountId: otherAccount,
        requestParameters: { encryptionContext: { y: incompressible(32_000, 7) } },
      }),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ accountId: account, copies: ['caller', 'owner'] });
  });
});
