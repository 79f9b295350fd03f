import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sourceChangesBetween } from '../../src/coverage/source-changes.ts';
import { ingestLogObjects } from '../../src/ingest/ingest-log-objects.ts';
import { ingestMessages } from '../../src/ingest/ingest-messages.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { aRuleCall, aTrailCall } from '../builders/source-change-record.ts';
import { MemoryTable } from '../table/memory-table.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const STOP = aTrailCall('StopLogging', { name: 'main' }, { eventID: 'stop' });
const RECORDS = [
  aDecrypt({ eventID: 'use' }),
  STOP,
  aRuleCall('EnableRule', { name: 'keytrail-prod-kms-use' }, { eventID: 'enable' }),
  aRuleCall('DisableRule', { name: 'nightly' }, { eventID: 'other' }),
];

const keepingIn = (table: MemoryTable) => ({ table, keepLarge: async () => {} });
const gatherer = () => new RecordGatherer(new Uint8Array(32), readAt);
const namesIn = async (table: MemoryTable) =>
  (await sourceChangesBetween(table, 0, Date.parse('2027-01-01T00:00:00Z'))).map(
    ({ eventName }) => eventName,
  );

function messagesOf(records: readonly object[]) {
  return records.map((detail, index) => ({
    messageId: String(index),
    body: JSON.stringify({ 'detail-type': 'AWS API Call via CloudTrail', source: 'aws', detail }),
  }));
}

function fromLogFile(table: MemoryTable) {
  const bytes = gzipSync(JSON.stringify({ Records: RECORDS }));
  const key = 'a.json.gz';
  const message = {
    messageId: 'file',
    body: JSON.stringify({
      Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'trail' }, object: { key } } }],
    }),
  };
  const objects = {
    open: () => ({
      async *pieces() {
        yield bytes;
      },
    }),
  };
  return ingestLogObjects([message], gatherer(), objects, keepingIn(table), () => NOON);
}

describe('changes to trails and rules', () => {
  test('are kept out of events and log files, once whichever door they come by', async () => {
    const table = new MemoryTable();
    const byEvents = await ingestMessages(messagesOf(RECORDS), gatherer(), keepingIn(table), () => NOON);
    expect(byEvents).toMatchObject({ failed: [], recorded: 1, quarantined: 0, stopped: 1 });
    const byFiles = await fromLogFile(table);
    expect(byFiles).toMatchObject({ failed: [], recorded: 1, quarantined: 0, stopped: 1 });
    expect((await namesIn(table)).toSorted()).toEqual(['EnableRule', 'StopLogging']);
  });

  test('are as durable as the rest before a message may be acknowledged', async () => {
    const table = new MemoryTable();
    table.onWrite = ({ pk }) => ({ isApplied: !pk.startsWith('V#'), isReported: pk.startsWith('V#') });
    const failing = ingestMessages(messagesOf([STOP]), gatherer(), keepingIn(table), () => NOON);
    await expect(failing).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test('are neither KMS events nor job events', () => {
    const some = gatherer();
    for (const record of RECORDS.slice(1)) expect(some.take(record)).toEqual([]);
    expect(some.counts).toMatchObject({ kmsEvents: 0, jobEvents: 0 });
  });
});
