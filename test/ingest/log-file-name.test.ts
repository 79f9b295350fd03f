import { expect, test } from 'vitest';
import { readingOf } from '../../src/ingest/log-file-name.ts';

const inAccount = (folder: string, name = 'a.json.gz') =>
  `trails/AWSLogs/o-a1b2/111122223333/${folder}/us-east-1/2026/03/01/${name}`;

test.each<[string, string]>([
  [inAccount('CloudTrail'), 'read'],
  [inAccount('CloudTrail-NetworkActivity'), 'read'],
  [inAccount('CloudTrail-Insight'), 'read'],
  [inAccount('CloudTrail-Digest'), 'left-out'],
  [inAccount('Config'), 'left-out'],
  [inAccount('elasticloadbalancing', 'x.log.gz'), 'left-out'],
  ['AWSLogs/111122223333/vpcflowlogs/a.log.gz', 'left-out'],
  ['AWSLogs/a.json', 'read'],
  ['AWSLogs/111122223333/a.json', 'read'],
  ['a.json', 'read'],
  ['A.JSON.GZ', 'read'],
  ['b/envelopes.ndjson', 'read'],
  ['b/lines.jsonl.gz', 'read'],
  ['Encrypt.json.cloudtrail', 'if-it-looks-right'],
  ['000000.gz', 'if-it-looks-right'],
  ['trail.log', 'if-it-looks-right'],
  ['trail.txt', 'if-it-looks-right'],
  ['a.json.1', 'if-it-looks-right'],
  ['a.json.bak', 'if-it-looks-right'],
  ['stream-1-2026-03-02-09-00-00-0f0f', 'if-it-looks-right'],
  ['part-0.parquet', 'left-out'],
  ['picture.PNG', 'left-out'],
  ['table.csv.gz', 'left-out'],
])('%s: %s', (path, kind) => {
  expect(readingOf(path).kind).toBe(kind);
});

test('what holds of the folder that was named outright says nothing of its files', () => {
  const digests = 'AWSLogs/111122223333/CloudTrail-Digest';
  expect(readingOf(`${digests}/us-east-1/a.json.gz`, digests).kind).toBe('read');
  expect(readingOf(`${digests}/us-east-1/a.json.gz`, 'AWSLogs').kind).toBe('left-out');
});
