import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogFileReader } from '../../src/ingest/log-file-reader.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { withoutIds } from './without-ids.ts';

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
  'a text': (text) => JSON.stringify(text),
  'lists of an id and a text': (text) => JSON.stringify([['the id', text]]),
  'an event of CloudWatch Logs for Lambda': (text) =>
    JSON.stringify({
      awslogs: { data: base64(gzipSync(JSON.stringify({ logEvents: [{ message: text }] }))) },
    }),
  'filter-log-events': (message) =>
    JSON.stringify({
      events: [{ logStreamName: 's', timestamp: 1, message, eventId: '3' }],
      searchedLogStreams: [],
    }),
  'a query of CloudWatch Logs Insights': (value) =>
    JSON.stringify({
      results: [
        [
          { field: '@timestamp', value: '1' },
          { field: '@message', value },
        ],
      ],
    }),
  'an exported row of CloudWatch Logs Insights': (message) =>
    JSON.stringify([{ '@message': message, eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' }]),
  'a query of CloudTrail Lake': (eventJson) => JSON.stringify({ QueryResultRows: [[{ eventJson }]] }),
  'a pipe of EventBridge': (text) =>
    JSON.stringify({ 'detail-type': 'Sent on', source: 'my.app', detail: { payload: text } }),
  'a forwarder with a source of its own': (payload) =>
    JSON.stringify({ eventSource: 'my-forwarder', host: 'x', payload }),
  'an event of DynamoDB for Lambda': (S) =>
    JSON.stringify({
      Records: [
        {
          eventSource: 'aws:dynamodb',
          eventName: 'INSERT',
          eventVersion: '1.1',
          eventID: '1',
          dynamodb: { NewImage: { record: { S } } },
        },
      ],
    }),
  'a line of syslog': (text) => `<134>Mar  1 10:00:00 host cloudtrail[7]: ${text}`,
  'a cell of CSV, as Splunk exports it': (text) => `"2026-03-01","${text.replaceAll('"', '""')}","main"`,
  'a row of a table': (text) => `|  ${text}  |`,
  'columns of lookup-events --output text': (text) =>
    `the-id\t2026-03-01T10:00:00+00:00\t${text}\tDecrypt\tAlice`,
  'a file of lines': (text) => `${text}\n`,
};

/** Lines that have more than JSON in them: nobody puts one into another. */
const LINES: ReadonlySet<Wrap | undefined> = new Set(
  [
    'an export of CloudWatch Logs',
    'a line of syslog',
    'a cell of CSV, as Splunk exports it',
    'a row of a table',
    'columns of lookup-events --output text',
    'a file of lines',
  ].map((name) => WRAPPERS[name]),
);

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
        fc
          .array(fc.constantFrom(...Object.values(WRAPPERS)), { maxLength: 4 })
          .filter((wraps) => !wraps.some((wrap, at) => LINES.has(wrap) && LINES.has(wraps[at + 1]))),
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
    expect(quarantined.map(({ bytes }) => withoutIds(Buffer.from(bytes ?? '').toString()))).toEqual(
      [bad, bad.slice(0, -5)].map(withoutIds),
    );
    expect(counts).toMatchObject({ records: 3, kmsEvents: 3 });
  });

  test('in a record of another service is not the record of anybody', async () => {
    const put = { ...others[0], requestParameters: { Detail: JSON.stringify(record) } };
    const { ids, counts, quarantined } = await read(JSON.stringify({ Records: [put] }));
    expect({ ids, quarantined }).toEqual({ ids: [], quarantined: [] });
    expect(counts).toMatchObject({ records: 1, otherRecords: 1 });
  });

  test('of which a neighbour in a list holds none is read, and the neighbour is in quarantine', async () => {
    const others = [
      'no JSON',
      { is: 'no text' },
      JSON.stringify({ no: 'record' }),
      base64('nothing'.repeat(20)),
    ];
    for (const other of others) {
      for (const list of [
        (body: unknown) => ({ Records: [{ messageId: 'm', body, eventSource: 'aws:sqs' }] }),
        (message: unknown) => ({ logEvents: [{ id: '1', message }] }),
        (_source: unknown) => ({ hits: { hits: [{ _source }] } }),
      ]) {
        const [good, bad] = [list(JSON.stringify(record)), list(other)];
        const both = JSON.stringify(good).replace(
          /\](?=\}+$)/,
          `,${JSON.stringify(bad)
            .replace(/^.*?\[/, '')
            .replace(/\]\}+$/, '')}]`,
        );
        const { ids, quarantined, counts } = await read(both);
        expect({ both, ids, refused: quarantined.length }).toEqual({ both, ids: ['the one'], refused: 1 });
        expect(counts).toMatchObject({ records: 2, kmsEvents: 1 });
      }
    }
  });

  test('is read out of each of the lines of a text', async () => {
    const texts = ['a', 'b', 'c'].map((eventID) => JSON.stringify(aDecrypt({ eventID })));
    const lines = texts.map((text) => `2026-03-01T10:00:00.000Z ${text}`).join('\n');
    const { ids, quarantined, counts } = await read(JSON.stringify({ Body: lines }));
    expect({ ids, quarantined }).toEqual({ ids: ['a', 'b', 'c'], quarantined: [] });
    expect(counts).toMatchObject({ records: 3, kmsEvents: 3 });
  });

  test.each([
    ['one letter', `host "${'x'.repeat(12e6)}"`],
    ['spaces', `${' '.repeat(12e6)}x"{`],
    ['quotes', '"'.repeat(3e6)],
    ['escaped quotes', `host "${'\\"'.repeat(1e6)}"`],
    ['doubled quotes', `host ""${'x""'.repeat(4e6)}"`],
    ['letters of base64', 'A'.repeat(12e6)],
    ['empty objects', '{},'.repeat(1e6)],
    ['brackets', '['.repeat(3e6)],
    ['lines', 'ts {"a":1}\n'.repeat(2e5)],
  ])('of megabytes of %s is done with in seconds', async (_, text) => {
    const startedAt = performance.now();
    const { quarantined } = await read(JSON.stringify({ message: text }));
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(quarantined.length).toBeGreaterThan(0);
  });

  test('in more layers than are looked into is in quarantine, with what to do', async () => {
    let text = JSON.stringify(record);
    for (let layer = 0; layer < 18; layer++) text = base64(text);
    const { ids, quarantined, counts } = await read(JSON.stringify({ data: text }));
    expect({ ids, records: counts.records }).toEqual({ ids: [], records: 1 });
    expect(quarantined).toMatchObject([{ code: 'too-large', reason: expect.stringContaining('unwrap it') }]);
  });

  test('that lost its end or its beginning is in quarantine by itself', async () => {
    const text = JSON.stringify(record);
    for (const part of [text.slice(0, -9), text.slice(text.indexOf('"eventTime"'))]) {
      const { quarantined, counts } = await read(JSON.stringify({ logEvents: [{ id: '1', message: part }] }));
      expect(quarantined.map(({ bytes }) => withoutIds(Buffer.from(bytes ?? '').toString()))).toEqual([
        withoutIds(part),
      ]);
      expect(counts).toMatchObject({ records: 1, kmsEvents: 1 });
    }
  });

  test('beside gzip that is too large is read, and that is in quarantine', async () => {
    const bomb = base64(gzipSync(Buffer.alloc(70 * 1024 * 1024)));
    const { ids, quarantined } = await read(
      JSON.stringify({ records: [{ data: base64(JSON.stringify(record)) }, { data: bomb }, { data: bomb }] }),
    );
    expect({ ids, codes: quarantined.map(({ code }) => code) }).toEqual({
      ids: ['the one'],
      codes: ['not-json', 'not-json'],
    });
  });

  test.each<[object, RegExp]>([
    [
      { eventSource: 'aws:s3', s3: { s3SchemaVersion: '1.0', object: { key: 'a.json.gz' } } },
      /notification of S3.*import these/,
    ],
    [{ s3Bucket: 'b', s3ObjectKey: ['a.json.gz'] }, /notification of S3/],
    [{ EventId: 'e', EventName: 'Decrypt', Username: 'x' }, /without --query/],
    [
      {
        '@timestamp': 't',
        event: { provider: 'kms.amazonaws.com', action: 'Decrypt' },
        aws: { cloudtrail: {} },
      },
      /Elastic.*event\.original/,
    ],
    [{ class_uid: 6003, api: { operation: 'Decrypt', service: { name: 'kms.amazonaws.com' } } }, /OCSF/],
    [{ eventversion: '1.08', eventsource: 'kms.amazonaws.com', eventname: 'Decrypt' }, /lower case.*Athena/],
    [{ eventName: { S: 'Decrypt' }, eventSource: { S: 'kms.amazonaws.com' } }, /DynamoDB/],
    [{ configurationItems: [] }, /AWS Config/],
    [{ eventName: 'Decrypt', eventID: 'e', eventTime: 't' }, /no eventSource/],
    [{ any: 'thing' }, /no CloudTrail record.*import the log files/],
  ])('%j is said to be what it is, and what to do', async (value, sentence) => {
    const { quarantined, counts } = await read(JSON.stringify(value));
    expect(quarantined).toMatchObject([{ code: 'not-a-record', reason: expect.stringMatching(sentence) }]);
    expect(counts).toMatchObject({ records: 1, kmsEvents: 0, otherRecords: 0 });
    // What speaks of KMS alone is kept.
    const isKept = JSON.stringify(value).includes('kms.amazonaws.com');
    expect(quarantined[0]?.bytes !== undefined).toBe(isKept && !('class_uid' in value));
  });

  test.each([
    { messageType: 'CONTROL_MESSAGE', logEvents: [{ message: 'CWL CONTROL MESSAGE: Checking health' }] },
    { Type: 'SubscriptionConfirmation', SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?x' },
  ])('%j is known to hold none', async (value) => {
    const { quarantined, counts } = await read(JSON.stringify(value));
    expect(quarantined).toEqual([]);
    expect(counts).toMatchObject({ records: 1, otherRecords: 1 });
  });

  test.each([
    ['in a member of it', (deep: string) => `{"message":${deep}}`],
    [
      'in a record in it',
      (deep: string) => JSON.stringify({ m: `{"eventSource":"kms.amazonaws.com","a":${deep}}` }),
    ],
    ['beside a record in a list', (deep: string) => `{"logEvents":[${JSON.stringify(record)},${deep}]}`],
    ['in an event of Lambda', (deep: string) => `{"eventSource":"aws:sqs","body":${deep}}`],
  ])('that nests ten thousand deep %s is in quarantine', async (_, wrap) => {
    const { quarantined } = await read(wrap('['.repeat(10_000) + ']'.repeat(10_000)));
    expect(quarantined).toHaveLength(1);
    expect(quarantined[0]?.reason).toMatch(/^[A-Z].*\.$/);
  });

  test('a wrapper with no record in it is in quarantine, as one', async () => {
    const { quarantined, counts } = await read(
      JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: { object: { key: 'a.json.gz' } } }] }),
    );
    expect(quarantined).toMatchObject([{ code: 'not-a-record' }]);
    expect(counts).toMatchObject({ records: 1, kmsEvents: 0, otherRecords: 0 });
  });
});
