import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { RecordScanner } from '../src/cloudtrail/record-scanner.ts';
import type { RecordBounds } from '../src/cloudtrail/scan-bounds.ts';
import { SimdBounds } from '../src/cloudtrail/scan-bounds-simd.ts';
import { ScriptBounds } from '../test/cloudtrail/script-bounds.ts';

// Run by hand: node bench/record-scanner.ts [a folder of log files]
// Prints how fast the bytes of log files are unpacked, scanned and parsed: GB (1e9 uncompressed bytes) a second.

const FILE_BYTES = 4_000_000;
const TOTAL_BYTES = 400_000_000;

const SERVICES = ['ec2', 's3', 'iam', 'sts', 'ssm', 'rds', 'lambda', 'logs'];

/** A record as CloudTrail writes them, of 1.2 KB or so; every fifth of KMS. */
function aRecord(number: number): unknown {
  const isKms = number % 5 === 0;
  const service = SERVICES[number % SERVICES.length];
  const id = number.toString(16).padStart(12, '0');
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROATFQR7NSC5AU2ZV3IE:session-${id}`,
      arn: `arn:aws:sts::111122223333:assumed-role/DataScience/session-${id}`,
      accountId: '111122223333',
      accessKeyId: 'ASIATFQR7NSC8Q4X20BJ',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROATFQR7NSC5AU2ZV3IE',
          arn: 'arn:aws:iam::111122223333:role/DataScience',
          accountId: '111122223333',
          userName: 'DataScience',
        },
        attributes: { creationDate: '2026-03-05T09:00:00Z', mfaAuthenticated: 'false' },
      },
    },
    eventTime: '2026-03-05T10:00:00Z',
    eventSource: isKms ? 'kms.amazonaws.com' : `${service}.amazonaws.com`,
    eventName: isKms ? 'Decrypt' : 'DescribeThings',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '192.0.2.10',
    userAgent: 'aws-sdk-go/1.44.157 (go1.19.3; linux; amd64) exec-env/AWS_Lambda',
    requestParameters: isKms
      ? { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::a-bucket/part-${id}` } }
      : { filterSet: { items: [{ name: 'vpc-id', valueSet: { items: [{ value: `vpc-${id}` }] } }] } },
    responseElements: null,
    requestID: `7a52cdd1-1031-46cf-90c4-${id}`,
    eventID: `cc66d3e3-6fb2-4e6a-9cb3-${id}`,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${service}.eu-west-1.amazonaws.com`,
    },
  };
}

function generated(): Buffer[] {
  const records: string[] = [];
  let length = 0;
  for (let number = 0; length < FILE_BYTES; number += 1) {
    const record = JSON.stringify(aRecord(number));
    records.push(record);
    length += record.length + 1;
  }
  return [Buffer.from(`{"Records":[${records.join(',')}]}`)];
}

/** The records of the files of a folder in files of a few megabytes, as they are written in them. */
function real(folder: string): Buffer[] {
  const bodies = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8').trim())
    .filter((text) => text.startsWith('{"Records":[{') && text.endsWith('}]}'))
    .map((text) => text.slice('{"Records":['.length, -']}'.length));
  return [Buffer.from(`{"Records":[${bodies.join(',')}]}`)];
}

function measure(
  name: string,
  files: readonly Buffer[],
  work: (file: Buffer) => number,
  bytesOf = files,
): void {
  const size = bytesOf.reduce((sum, file) => sum + file.length, 0);
  const rounds = Math.max(1, Math.round(TOTAL_BYTES / size));
  for (const file of files) for (let round = 0; round < 5; round += 1) work(file);
  let best = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    found = 0;
    const startedAt = performance.now();
    for (let round = 0; round < rounds; round += 1) for (const file of files) found += work(file);
    best = Math.min(best, performance.now() - startedAt);
  }
  const speed = (size * rounds) / (best * 1e6);
  console.log(`  ${name.padEnd(44)} ${speed.toFixed(2)} GB/s  (${found / rounds} records)`);
}

function scan(file: Buffer, bounds: RecordBounds, chunkBytes = file.length, parses = false): number {
  let parsed = 0;
  const scanner = new RecordScanner(
    {
      onRecord: (_, bytes) => {
        if (parses && JSON.parse(bytes.toString()) !== undefined) parsed += 1;
      },
      onFault: ({ reason }) => {
        throw new Error(reason);
      },
    },
    { bounds },
  );
  for (let at = 0; at < file.length; at += chunkBytes) scanner.push(file.subarray(at, at + chunkBytes));
  scanner.end();
  return parses ? parsed : scanner.records;
}

function recordsOf(file: Buffer): readonly unknown[] {
  const value: unknown = JSON.parse(file.toString());
  if (typeof value === 'object' && value !== null && 'Records' in value && Array.isArray(value.Records)) {
    return value.Records;
  }
  throw new TypeError('no log file');
}

function compare(name: string, files: readonly Buffer[]): void {
  console.log(name);
  const packed = files.map((file) => gzipSync(file));
  measure('gunzipSync', packed, (file) => gunzipSync(file).length && 0, files);
  const script = new ScriptBounds();
  const simd = new SimdBounds();
  measure('scanner by the test oracle', files, (file) => scan(file, script));
  measure('scanner', files, (file) => scan(file, simd));
  measure('scanner, chunks of 64 KiB', files, (file) => scan(file, simd, 65_536));
  const lines = files.map((file) =>
    Buffer.from(
      recordsOf(file)
        .map((record) => JSON.stringify(record))
        .join('\n'),
    ),
  );
  measure('scanner, lines', lines, (file) => scan(file, simd));
  const indented = files.map((file) =>
    Buffer.from(JSON.stringify({ Records: recordsOf(file) }, undefined, 2)),
  );
  measure('scanner, indented', indented, (file) => scan(file, simd));
  measure('scanner and JSON.parse of what it hands out', files, (file) =>
    scan(file, simd, file.length, true),
  );
  measure('JSON.parse of everything', files, (file) => recordsOf(file).length);
  measure(
    'gunzipSync, scanner, JSON.parse',
    packed,
    (file) => scan(gunzipSync(file), simd, undefined, true),
    files,
  );
}

compare('Generated records, a fifth of them of KMS', generated());
const [folder] = process.argv.slice(2);
if (folder !== undefined) compare(`Records of ${folder}`, real(folder));
