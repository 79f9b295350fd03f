import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogFileReader } from '../../src/ingest/log-file-reader.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

type Wrap = (text: string) => string;
const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');

/** A text in what a tool makes of it. */
const WRAPPERS: Readonly<Record<string, Wrap>> = {
  'a subscription of CloudWatch Logs': (message) =>
    JSON.stringify({
      messageType: 'DATA_MESSAGE',
      logGroup: 'g',
      logEvents: [{ id: '1', timestamp: 1, message }],
    }),
  'get-log-events': (message) =>
    JSON.stringify({ events: [{ message, ingestionTime: 1 }], nextForwardToken: 'f/1' }),
  'an export of CloudWatch Logs': (text) => `2026-03-01T10:00:00.000Z ${text}`,
  'an event of SQS for Lambda': (body) =>
    JSON.stringify({ Records: [{ messageId: 'm', body, eventSource: 'aws:sqs', awsRegion: 'us-east-1' }] }),
  'receive-message': (Body) => JSON.stringify({ Messages: [{ MessageId: 'm', Body }] }),
  'a notification of SNS': (Message) => JSON.stringify({ Type: 'Notification', MessageId: 'm', Message }),
  'an event of SNS for Lambda': (Message) =>
    JSON.stringify({ Records: [{ EventSource: 'aws:sns', Sns: { Type: 'Notification', Message } }] }),
  'an event of Kinesis for Lambda': (text) =>
    JSON.stringify({ Records: [{ kinesis: { data: base64(text) }, eventSource: 'aws:kinesis' }] }),
  'a batch of Firehose': (text) =>
    JSON.stringify({ records: [{ recordId: 'r', data: base64(gzipSync(text)) }] }),
  Elasticsearch: (text) =>
    JSON.stringify({ hits: { hits: [{ _id: '1', _source: { event: { original: text } } }] } }),
  Splunk: (_raw) =>
    JSON.stringify({ preview: false, result: { _raw, eventName: 'Decrypt', eventSource: 'x' } }),
  'a list of texts': (text) => JSON.stringify([text]),
  'a file of lines': (text) => `${text}\n`,
};

async function read(text: string) {
  const reader = new LogFileReader(new RecordGatherer(new Uint8Array(32), readAt));
  const ids: string[] = [];
  const counting = new LogFileReader(reader.gatherer, { onUse: ({ eventId }) => ids.push(eventId) });
  await counting.read('file', async (_, sink) => {
    sink.push(Buffer.from(text));
    sink.end();
    return undefined;
  });
  const { counts } = reader.gatherer;
  return { counts, ids, quarantined: reader.gatherer.finish().quarantined };
}

const record = aDecrypt({ eventID: 'the one' });
const others = [
  {
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    eventID: 'a',
    eventTime: '2026-03-01T10:00:00Z',
  },
  {
    eventSource: 'ec2.amazonaws.com',
    eventName: 'RunInstances',
    eventID: 'b',
    eventTime: '2026-03-01T10:00:00Z',
  },
];

const contents: Readonly<Record<string, string>> = {
  'a record': JSON.stringify(record),
  'a log file': JSON.stringify({ Records: [others[0], record, others[1]] }),
  'an envelope': JSON.stringify({
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.kms',
    detail: record,
  }),
  'an event of LookupEvents': JSON.stringify({
    Events: [{ EventSource: 'kms.amazonaws.com', CloudTrailEvent: JSON.stringify(record) }],
  }),
};

describe('a record that other tools have wrapped', () => {
  test.each(Object.keys(WRAPPERS))('is read out of %s', async (name) => {
    for (const [what, content] of Object.entries(contents)) {
      const { ids, quarantined } = await read(WRAPPERS[name]?.(content) ?? '');
      expect({ what, ids, quarantined }).toEqual({ what, ids: ['the one'], quarantined: [] });
    }
  });

  test('is read once out of any four of these in each other, and all is counted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...Object.values(WRAPPERS)), { maxLength: 4 }),
        fc.constantFrom(...Object.keys(contents)),
        async (wrappers, what) => {
          const text = wrappers.reduce((inner, wrap) => wrap(inner), contents[what] ?? '');
          const { ids, counts, quarantined } = await read(text);
          expect({ ids, quarantined }).toEqual({ ids: ['the one'], quarantined: [] });
          const records = what === 'a log file' ? 3 : 1;
          expect(counts).toMatchObject({ records, kmsEvents: 1, otherRecords: records - 1 });
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });

  test('that is no whole record is in quarantine with its own bytes, and its neighbour is read', async () => {
    const bad = JSON.stringify(aDecrypt({ eventTime: 'never' }));
    const message = (text: string) => ({ id: '1', timestamp: 1, message: text });
    const { ids, quarantined, counts } = await read(
      JSON.stringify({
        logEvents: [message(bad), message(JSON.stringify(record)), message(bad.slice(0, -5))],
      }),
    );
    expect(ids).toEqual(['the one']);
    expect(quarantined).toMatchObject([{ code: 'bad-event-time' }, { code: 'not-json' }]);
    expect(quarantined.map(({ bytes }) => Buffer.from(bytes ?? '').toString())).toEqual([
      bad,
      bad.slice(0, -5),
    ]);
    expect(counts).toMatchObject({ records: 3, kmsEvents: 3 });
  });

  test('in a record of another service is not the record of anybody', async () => {
    const put = { ...others[0], requestParameters: { Detail: JSON.stringify(record) } };
    const { ids, counts, quarantined } = await read(JSON.stringify({ Records: [put] }));
    expect({ ids, quarantined }).toEqual({ ids: [], quarantined: [] });
    expect(counts).toMatchObject({ records: 1, otherRecords: 1 });
  });

  test('a wrapper with no record in it is in quarantine, as one', async () => {
    const { quarantined, counts } = await read(
      JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: { object: { key: 'a.json.gz' } } }] }),
    );
    expect(quarantined).toMatchObject([{ code: 'not-a-record' }]);
    expect(counts).toMatchObject({ records: 1, kmsEvents: 0, otherRecords: 0 });
  });
});
