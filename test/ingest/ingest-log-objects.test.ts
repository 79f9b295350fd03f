import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { WHOLE_GZIP_BYTES } from '../../src/ingest/feed-log-bytes.ts';
import { ingestLogObjects } from '../../src/ingest/ingest-log-objects.ts';
import { quarantinedItems } from '../../src/ingest/quarantine.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import type { OpenObjects } from '../../src/s3/open-objects.ts';
import type { Table } from '../../src/table/table.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { everyRow } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { MortalTable } from '../table/mortal-table.ts';

const file = (records: number) =>
  gzipSync(
    JSON.stringify({ Records: Array.from({ length: records }, () => aDecrypt({ eventID: randomUUID() })) }),
  );

const announcing = (...keys: string[]) => ({
  messageId: keys.join(),
  body: JSON.stringify({
    Records: keys.map((key) => ({
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'trail' }, object: { key } },
    })),
  }),
});

/** Objects by their URLs: their bytes, or what is thrown in place of them. */
function objectsOf(
  byUrl: Readonly<Record<string, Buffer | Error>>,
  onOpen: (url: string) => void = () => {},
): OpenObjects {
  return {
    open: (url) => ({
      async *pieces() {
        onOpen(url);
        const bytes = byUrl[url] ?? new Error('not in this test');
        if (bytes instanceof Error) throw bytes;
        yield bytes;
      },
    }),
  };
}

const ingest = (table: Table, objects: OpenObjects, ...messages: ReturnType<typeof announcing>[]) =>
  ingestLogObjects(
    messages,
    new RecordGatherer(new Uint8Array(32), readAt),
    objects,
    { table, keepLarge: async () => {} },
    () => Date.parse('2026-03-01T12:00:00Z'),
  );

const unreadable = (name: string) => {
  const cause = Object.assign(new Error('S3 says so'), { name });
  return new KeytrailError('path-unreadable', 'It cannot be read.', { cause });
};

describe('log files that messages announce', () => {
  test('are made durable as they come, however many there are in a batch', async () => {
    const table = new MemoryTable();
    const large = file(9_000);
    const held: boolean[] = [];
    const bytes = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [`s3://trail/${name}.json.gz`, large]),
    );
    const objects = objectsOf(bytes, () =>
      held.push([...table.items.keys()].some((pk) => pk.startsWith('S#'))),
    );
    const keys = ['a', 'b', 'c', 'd'].map((name) => `${name}.json.gz`);
    const { recorded } = await ingest(table, objects, announcing(...keys));
    expect(recorded).toBe(36_000);
    // When the third is opened, the first two are in the table.
    expect(held).toEqual([false, false, true, true]);
  });

  test('that cannot be read come again by themselves, with the reason', async () => {
    const table = new MemoryTable();
    const objects = objectsOf({
      's3://trail/good.json.gz': file(2),
      's3://trail/denied.json.gz': unreadable('AccessDenied'),
      's3://trail/gone.json.gz': unreadable('NoSuchKey'),
      's3://trail/broken.json.gz': new TypeError('nobody thought of this'),
    });
    const messages = ['good', 'denied', 'gone', 'broken'].map((name) => announcing(`${name}.json.gz`));
    const { failed, recorded, quarantined } = await ingest(table, objects, ...messages);
    expect(failed).toEqual([
      { messageId: 'denied.json.gz', why: 'path-unreadable AccessDenied' },
      { messageId: 'broken.json.gz', why: 'TypeError' },
    ]);
    expect([recorded, quarantined]).toEqual([2, 1]);
    expect(await everyRow(new History(table))).toHaveLength(2);
  });

  test('are none of them done with where the store fails while one is read', async () => {
    const memory = new MemoryTable();
    const refused = Array.from({ length: 201 }, () => ({ eventSource: 'kms.amazonaws.com' }));
    const stranger = { eventSource: 's3.amazonaws.com', requestParameters: 'x'.repeat(WHOLE_GZIP_BYTES) };
    // Larger than what is unzipped at once: what is refused in it is kept while it is read.
    const large = gzipSync(JSON.stringify({ Records: [...refused, stranger] }), { level: 0 });
    const objects = objectsOf({ 's3://trail/a.json.gz': file(1), 's3://trail/large.json.gz': large });
    const messages = [announcing('a.json.gz'), announcing('large.json.gz')];
    const table = new MortalTable(memory, [{ after: 0, kind: 'refused', dies: false, order: 0 }]);
    await expect(ingest(table, objects, ...messages)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await ingest(table, objects, ...messages)).toMatchObject({ failed: [], quarantined: 201 });
    expect(await everyRow(new History(memory))).toHaveLength(1);
  });

  test('beside one that is not understood are recorded, and the message is kept', async () => {
    const table = new MemoryTable();
    const { failed } = await ingest(
      table,
      objectsOf({ 's3://trail/a.json.gz': file(1) }),
      announcing('%zz', 'a.json.gz'),
    );
    expect(failed).toEqual([]);
    expect(await everyRow(new History(table))).toHaveLength(1);
    for await (const { code, bytes } of quarantinedItems(table)) {
      expect([code, Buffer.from(bytes ?? []).toString()]).toEqual([
        'not-a-notification',
        announcing('%zz', 'a.json.gz').body,
      ]);
    }
  });

  test('may be no log files: records that were sent here are taken, and what announces nothing is said', async () => {
    const table = new MemoryTable();
    const envelope = { 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.kms', detail: aDecrypt() };
    const messages = [
      JSON.stringify(envelope),
      JSON.stringify({ Type: 'Notification', Message: JSON.stringify(aDecrypt({ eventID: randomUUID() })) }),
      JSON.stringify({ 'detail-type': 'Object Deleted', detail: {} }),
      JSON.stringify(aDecrypt({ eventTime: 'never' })),
      'hello',
    ].map((body, index) => ({ messageId: `${index}`, body }));
    const { failed, recorded, quarantined, leftOut, balance } = await ingest(
      table,
      objectsOf({}),
      ...messages,
    );
    expect({ failed, recorded, quarantined, leftOut: leftOut.length }).toEqual({
      failed: [],
      recorded: 2,
      quarantined: 2,
      leftOut: 1,
    });
    expect(balance).toEqual({
      records: 4,
      kmsEvents: 3,
      jobEvents: 0,
      otherRecords: 0,
      secondKeys: 0,
      quarantinedKms: 1,
      unaccounted: 0,
    });
    expect(await everyRow(new History(table))).toHaveLength(2);
  });

  test('are read wherever CloudTrail and Firehose lay them, and others are left out with a reason', async () => {
    const opened: string[] = [];
    const keys = [
      'AWSLogs/1/CloudTrail/eu-west-1/a.json.gz',
      'AWSLogs/1/CloudTrail-Digest/eu-west-1/a.json.gz',
      'AWSLogs/1/Config/eu-west-1/a.json.gz',
      'elsewhere/a.json.gz',
      'AWSLogs/1/CloudTrail-NetworkActivity/eu-west-1/a.json.gz',
      'AWSLogs/o-1/1/CloudTrail-Insight/eu-west-1/a.json.gz',
      'firehose/2026/03/01/trail-1-2026-03-01-10-00-00-0f0f',
      'notes',
      'picture.png',
    ];
    const bytes = {
      's3://trail/AWSLogs/1/CloudTrail/eu-west-1/a.json.gz': file(1),
      's3://trail/AWSLogs/1/CloudTrail-NetworkActivity/eu-west-1/a.json.gz': file(1),
      's3://trail/AWSLogs/o-1/1/CloudTrail-Insight/eu-west-1/a.json.gz': file(0),
      's3://trail/elsewhere/a.json.gz': file(1),
      's3://trail/firehose/2026/03/01/trail-1-2026-03-01-10-00-00-0f0f': file(1),
      's3://trail/notes': Buffer.from('nothing of a trail'),
    };
    const { recorded, leftOut, failed } = await ingest(
      new MemoryTable(),
      objectsOf(bytes, (url) => opened.push(url)),
      announcing(...keys),
    );
    expect(opened.sort()).toEqual(Object.keys(bytes).sort());
    expect({ recorded, failed }).toEqual({ recorded: 4, failed: [] });
    // What is not read is said, and why.
    expect(leftOut).toHaveLength(4);
    expect(leftOut).toEqual(
      expect.arrayContaining([
        expect.stringContaining('digests'),
        expect.stringContaining('another service'),
        expect.stringContaining('end of its name'),
        expect.stringContaining('does not begin like'),
      ]),
    );
  });
});
