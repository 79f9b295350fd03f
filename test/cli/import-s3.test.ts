import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ImportSummary } from '../../src/import/import-tally.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { guid } from '../oracle/universe.ts';
import { ObservedS3 } from '../s3/observed-s3.ts';
import { type CommandEnded, keytrail } from './keytrail.ts';
import { aFolder } from './keytrail-process.ts';
import { storedRows } from './stored-rows.ts';

let s3: ObservedS3;
beforeAll(async () => {
  s3 = await ObservedS3.listening();
});
beforeEach(() => s3.reset());
afterAll(() => s3.close());

interface Imported {
  readonly ended: CommandEnded;
  readonly summary: ImportSummary;
}

async function imported(data: string, ...paths: readonly string[]): Promise<Imported> {
  const ended = await keytrail(['import', '--json', ...paths], {
    env: { KEYTRAIL_DATA: data, ...s3.environment },
  });
  return { ended, summary: JSON.parse(ended.stdout) };
}

async function storedIds(data: string): Promise<string[]> {
  return (await storedRows(data)).map(({ eventId }) => eventId).sort();
}

const good = (...place: (string | number)[]) => JSON.stringify(aDecrypt({ eventID: guid(...place) }));
const fileOf = (...records: readonly string[]) => `{"Records":[${records.join(',')}]}`;

/** A record that does not pack well, of about so many bytes. */
function bulky(bytes: number, ...place: (string | number)[]): string {
  let text = '';
  for (let part = 0; text.length < bytes; part++) text += guid('bulk', ...place, part);
  return JSON.stringify(aDecrypt({ eventID: guid(...place), serviceEventDetails: text }));
}

const objectRequests = (key: string) =>
  s3.requests.filter(({ url }) => new URL(url, 'http://s3').pathname.endsWith(`/${key}`));

describe('a prefix of S3', () => {
  test('gives the rows and the counts of the same files in a folder, by listing and getting alone', async () => {
    const folder = aFolder();
    const cut = gzipSync(fileOf(...Array.from({ length: 400 }, (_, index) => good('same', 'cut', index))));
    const files: Record<string, string | Buffer> = {
      '111122223333_CloudTrail_us-west-2_20260301T1005Z_a.json.gz': gzipSync(fileOf(good('same', 'zipped'))),
      '111122223333_CloudTrail_us-west-2_20260301T1010Z_b.json': fileOf(good('same', 'plain'), '"stranger"'),
      'envelopes.ndjson': `${good('same', 'line')}\nwhat is this?\n`,
      'cut.json.gz': cut.subarray(0, Math.floor(cut.length * 0.9)),
      'none.json.gz': 'this is no gzip',
      'empty.json': '',
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const tree = 'AWSLogs/111122223333/CloudTrail/us-west-2/2026/03/01';
    await s3.put('same', {
      ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`${tree}/${name}`, content])),
      [`${tree}/`]: '',
      [`${tree}/notes.txt`]: 'Only notes.',
      [`${tree}/table.parquet`]: 'never read',
      'AWSLogs/111122223333/CloudTrail-Digest/us-west-2/2026/03/01/digest.json.gz': gzipSync('never read'),
      'Other/a.json': fileOf(good('same', 'elsewhere')),
    });
    const [fromFolder, fromS3] = [aFolder(), aFolder()];
    const local = await imported(fromFolder, folder);
    const remote = await imported(fromS3, 's3://same/AWSLogs');
    const digests = 'AWSLogs/111122223333/CloudTrail-Digest/us-west-2/2026/03/01/digest.json.gz';
    expect(remote.ended.code).toBe(0);
    expect(remote.ended.stderr.trimEnd().split('\n').sort()).toEqual([
      `Left out: s3://same/${digests}. It holds digests, CloudTrail's proofs of its log files, and no records.`,
      `Left out: s3://same/${tree}/notes.txt. It does not begin like a log file of CloudTrail; name it outright if it is one.`,
      `Left out: s3://same/${tree}/table.parquet. By the end of its name it is no log file; name it outright if it is one.`,
    ]);
    expect(remote.summary.leftOutCount).toBe(3);
    const comparable = (summary: ImportSummary, place: string) => ({
      ...summary,
      seconds: 0,
      leftOutCount: 0,
      leftOut: [],
      quarantined: summary.quarantined
        .map(({ source, reason }) => [source.replace(place, ''), reason])
        .sort(),
    });
    expect(comparable(remote.summary, `s3://same/${tree}/`)).toEqual(comparable(local.summary, `${folder}/`));
    expect(remote.summary.quarantined.map(({ source }) => source)).toContain(
      `s3://same/${tree}/none.json.gz#0`,
    );
    expect(remote.summary).toMatchObject({ files: 6, quarantinedCount: 5 });
    expect(await storedRows(fromS3)).toEqual(await storedRows(fromFolder));

    const kinds = s3.requests.map(({ method, url }) => {
      const { pathname, searchParams } = new URL(url, 'http://s3');
      const query = [...searchParams.keys()].sort().join('&');
      return `${method} ${/^\/same\/?$/.test(pathname) ? 'bucket' : 'object'} ${query}`;
    });
    expect([...new Set(kinds)].sort()).toEqual([
      'GET bucket encoding-type&list-type&prefix',
      'GET object x-id',
    ]);
    expect(s3.requests.filter(({ url }) => url.includes('Digest') || url.includes('table'))).toEqual([]);

    const again = await imported(fromS3, 's3://same/AWSLogs/', folder);
    // Of these two objects all was understood, so that they are not read again; the folder's files are new here.
    expect(again.summary).toMatchObject({ files: 10, unchangedFiles: 2, usageRows: 0 });
  });

  test('is listed to its end', async () => {
    const count = 1_050;
    const objects = Array.from({ length: count }, (_, index) => [
      `many/${String(index).padStart(4, '0')}.json`,
      fileOf(good('many', index)),
    ]);
    await s3.put('pages', Object.fromEntries(objects));
    const data = aFolder();
    const { ended, summary } = await imported(data, 's3://pages/many/');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(summary).toMatchObject({ files: count, usageRows: count });
    expect(s3.requests.filter(({ url }) => url.includes('list-type'))).toHaveLength(2);
  });

  test('has keys with any characters, written as they are and as URLs', async () => {
    const odd = ['odd/a b+c%20&?#é漢.json', 'odd//"<x>\'.json', 'odd/../up.json', 'odd/./😀 .json'];
    await s3.put('odd', Object.fromEntries(odd.map((key, index) => [key, fileOf(good('odd', index))])));
    const data = aFolder();
    const plain = await imported(data, 's3://odd/odd/');
    expect(plain.ended).toMatchObject({ code: 0, stderr: '' });
    expect(plain.summary).toMatchObject({ files: odd.length, usageRows: odd.length });

    // S3 escapes keys when asked to; a control character could not be written in XML.
    const contents = [...odd, 'odd/\u0001.json'].map(
      (key) => `<Contents><Key>${encodeURIComponent(key).replaceAll('%20', '+')}</Key></Contents>`,
    );
    s3.fault = ({ url }) =>
      url.includes('list-type')
        ? {
            kind: 'answered',
            body: `<ListBucketResult><EncodingType>url</EncodingType>${contents.join('')}</ListBucketResult>`,
          }
        : undefined;
    const encoded = await imported(data, 's3://odd/odd/');
    expect(encoded.ended).toMatchObject({
      code: 1,
      stderr: 's3://odd/odd/\\u{1}.json does not exist any more; import it again if it should.\n',
    });
    expect(encoded.summary).toMatchObject({ files: 0, unchangedFiles: odd.length });
  });

  test('may be an object, or a folder of digests, that is named outright', async () => {
    await s3.put('outright', {
      'a/log': fileOf(good('outright', 'log')),
      'a/log-of-others': fileOf(good('outright', 'others')),
      'b/CloudTrail-Digest/x.json': fileOf(good('outright', 'digest')),
    });
    const data = aFolder();
    const { summary } = await imported(data, 's3://outright/a/log', 's3://outright/b/CloudTrail-Digest');
    // A prefix is of all objects whose keys begin so.
    expect(summary).toMatchObject({ files: 3, usageRows: 3 });
    expect(await storedIds(data)).toEqual(
      ['log', 'others', 'digest'].map((name) => guid('outright', name)).sort(),
    );
    const digest = 's3://outright/b/CloudTrail-Digest/x.json';
    const nothing = await imported(data, 's3://outright/b', 's3://outright/c');
    expect(nothing.ended).toMatchObject({
      code: 0,
      stderr: `s3://outright/c has no log files below it (.json, .ndjson, plain or .gz); check the bucket and the prefix.\nLeft out: ${digest}. It holds digests, CloudTrail's proofs of its log files, and no records.\n`,
    });
  });

  test('has large objects, which are read as they come and go on where a connection broke', async () => {
    const records = Array.from({ length: 60 }, (_, index) => bulky(200_000, 'large', index));
    const zipped = gzipSync(fileOf(...records));
    expect(zipped.length).toBeGreaterThan(5 * 1024 * 1024);
    const damaged = Buffer.from(gzipSync(fileOf(...records.slice(0, 40)), { level: 0 }));
    damaged.fill(0xff, damaged.length / 2, damaged.length / 2 + 70_000);
    await s3.put('large', {
      'zipped.json.gz': zipped,
      'plain.json': fileOf(...Array.from({ length: 40 }, (_, index) => bulky(200_000, 'large plain', index))),
      'damaged.json.gz': damaged,
    });
    const broken = new Set<string>();
    s3.fault = ({ url }) => {
      const isFirst = !broken.has(url) && !url.includes('list-type') && !url.includes('damaged');
      broken.add(url);
      return isFirst ? { kind: 'broken', share: 0.6 } : undefined;
    };
    const data = aFolder();
    const { ended, summary } = await imported(data, 's3://large');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(summary.files).toBe(3);
    const ids = new Set(await storedIds(data));
    for (const [name, count] of [
      ['large', 60],
      ['large plain', 40],
    ] as const)
      for (let index = 0; index < count; index++)
        expect([name, index, ids.has(guid(name, index))]).toEqual([name, index, true]);
    expect(summary.quarantined.map(({ reason }) => reason)).toContain(
      'The gzip data is damaged; the records before the damage were read.',
    );
    for (const key of ['zipped.json.gz', 'plain.json']) {
      // Once to be hashed, where the connection broke, and once to be read.
      const [first, second, third, ...more] = objectRequests(key).map(({ headers }) => headers);
      expect([first?.range, third?.range, more]).toEqual([undefined, undefined, []]);
      expect(second?.range).toMatch(/^bytes=[1-9]\d{6,}-$/);
      expect(second?.['if-match']).toMatch(/^"/);
    }
  });
});

describe('what goes wrong in S3 is a sentence and exit code 1, after the rest is in', () => {
  const url = 's3://wrong/logs/';
  beforeAll(() =>
    s3.put('wrong', {
      'logs/a.json': fileOf(good('wrong', 'a')),
      'logs/b.json': fileOf(good('wrong', 'b')),
      'logs/c.json': fileOf(good('wrong', 'c')),
    }),
  );

  async function failing(...paths: readonly string[]) {
    const data = aFolder();
    const folder = aFolder();
    writeFileSync(join(folder, 'local.json'), fileOf(good('wrong', 'local')));
    const { ended, summary } = await imported(data, ...paths, folder);
    expect(ended.code).toBe(1);
    const ids = new Set(await storedIds(data));
    return { stderr: ended.stderr, summary, has: (name: string) => ids.has(guid('wrong', name)) };
  }

  test.each([
    [
      'no such bucket',
      's3://no-such-bucket/x',
      's3://no-such-bucket/x is in a bucket that does not exist; check its name.\n',
    ],
    [
      'no bucket at all',
      's3:///x',
      's3:///x names no bucket that there could be; it should be s3://bucket/prefix.\n',
    ],
  ])('%s', async (_, path, stderr) => {
    const result = await failing(path);
    expect(result.stderr).toBe(stderr);
    expect(result.summary).toMatchObject({ files: 1, usageRows: 1 });
  });

  test.each([
    [
      'may not be listed',
      403,
      'AccessDenied',
      `${url} may not be listed; allow s3:ListBucket on its bucket.\n`,
    ],
    [
      'credentials that are over',
      400,
      'ExpiredToken',
      `${url} cannot be read: S3 rejects the AWS credentials (ExpiredToken); renew them and import it again.\n`,
    ],
    [
      'credentials that are unknown',
      403,
      'InvalidAccessKeyId',
      `${url} cannot be read: S3 rejects the AWS credentials (InvalidAccessKeyId); renew them and import it again.\n`,
    ],
  ])('a listing: %s', async (_, status, code, stderr) => {
    s3.fault = ({ url }) => (url.includes('list-type') ? { kind: 'refused', status, code } : undefined);
    const result = await failing(url);
    expect(result.stderr).toBe(stderr);
    expect(result.summary).toMatchObject({ files: 1, usageRows: 1 });
  });

  test.each([
    [
      'may not be read',
      403,
      'AccessDenied',
      's3://wrong/logs/b.json may not be read; allow s3:GetObject on it, and kms:Decrypt on the key that encrypts it.\n',
    ],
    [
      'is in an archive',
      403,
      'InvalidObjectState',
      's3://wrong/logs/b.json is in an S3 archive storage class; restore it first, or leave it out.\n',
    ],
  ])('an object: %s', async (_, status, code, stderr) => {
    s3.fault = ({ url }) => (url.includes('/b.json') ? { kind: 'refused', status, code } : undefined);
    const result = await failing(url);
    expect(result.stderr).toBe(stderr);
    expect(result.summary).toMatchObject({ files: 3, usageRows: 3 });
    expect(['a', 'b', 'c', 'local'].map(result.has)).toEqual([true, false, true, true]);
  });

  test('an object that vanishes once it is listed', async () => {
    s3.fault = async ({ url }) => {
      if (url.includes('/c.json')) await s3.remove('wrong', 'logs/c.json');
      return undefined;
    };
    const result = await failing(url);
    await s3.put('wrong', { 'logs/c.json': fileOf(good('wrong', 'c')) });
    expect(result.stderr).toBe(
      's3://wrong/logs/c.json does not exist any more; import it again if it should.\n',
    );
    expect(['a', 'b', 'c', 'local'].map(result.has)).toEqual([true, true, false, true]);
  });

  test('an object that always breaks off', async () => {
    s3.fault = ({ url }) => (url.includes('/a.json') ? { kind: 'broken', share: 0 } : undefined);
    const result = await failing(url);
    expect(result.stderr).toBe(
      's3://wrong/logs/a.json cannot be reached (ECONNRESET); check the network, the Region and AWS_ENDPOINT_URL_S3, and import it again.\n',
    );
    expect(['a', 'b', 'c', 'local'].map(result.has)).toEqual([false, true, true, true]);
  });

  test('a listing that breaks off, of which what it had brought is read', async () => {
    const page = `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken><Contents><Key>logs/a.json</Key></Contents></ListBucketResult>`;
    s3.fault = ({ url }) => {
      if (url.includes('continuation-token')) return { kind: 'refused', status: 403, code: 'AccessDenied' };
      return url.includes('list-type') ? { kind: 'answered', body: page } : undefined;
    };
    const result = await failing(url);
    expect(result.stderr).toBe(`${url} may not be listed; allow s3:ListBucket on its bucket.\n`);
    expect(['a', 'b', 'c', 'local'].map(result.has)).toEqual([true, false, false, true]);
  });
});

describe('S3', () => {
  test('that is busy is asked again', async () => {
    await s3.put('busy', { 'a.json': fileOf(good('busy')) });
    const seen = new Set<string>();
    s3.fault = ({ url }) => {
      const isFirst = !seen.has(url);
      seen.add(url);
      return isFirst ? { kind: 'refused', status: 503, code: 'SlowDown' } : undefined;
    };
    const { ended, summary } = await imported(aFolder(), 's3://busy');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(summary).toMatchObject({ files: 1, usageRows: 1 });
    expect(s3.requests).toHaveLength(4);
  });

  test('that has the bucket in another Region is asked there from then on', async () => {
    await s3.put('far', { 'a.json': fileOf(good('far', 0)), 'b.json': fileOf(good('far', 1)) });
    s3.fault = ({ headers }) =>
      headers.authorization?.includes('/eu-central-1/s3/') === true
        ? undefined
        : {
            kind: 'refused',
            status: 301,
            code: 'PermanentRedirect',
            headers: { 'x-amz-bucket-region': 'eu-central-1' },
          };
    const { AWS_REGION: _, ...environment } = s3.environment;
    const { code, stdout, stderr } = await keytrail(['import', '--json', 's3://far'], {
      env: { KEYTRAIL_DATA: aFolder(), ...environment },
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ files: 2, usageRows: 2 });
    const regions = s3.requests.map(({ headers }) => headers.authorization?.split('/')[2]);
    expect(regions).toEqual(['us-east-1', 'eu-central-1', 'eu-central-1', 'eu-central-1']);
  });

  test.each([
    [
      'is no URL',
      'nonsense',
      's3://any/x cannot be read: AWS_ENDPOINT_URL_S3 is no URL; correct it or unset it.\n',
    ],
    [
      'is nobody',
      'http://127.0.0.1:1',
      's3://any/x cannot be reached (ECONNREFUSED); check the network, the Region and AWS_ENDPOINT_URL_S3, and import it again.\n',
    ],
  ])('at an endpoint that %s is a sentence', async (_, endpoint, sentence) => {
    const env = { KEYTRAIL_DATA: aFolder(), ...s3.environment, AWS_ENDPOINT_URL_S3: endpoint };
    const { code, stderr } = await keytrail(['import', 's3://any/x'], { env });
    expect([code, stderr]).toEqual([1, sentence]);
  });

  test('without credentials is given up soon, also where the metadata service is silent', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...rest } = s3.environment;
    const env = {
      KEYTRAIL_DATA: aFolder(),
      ...rest,
      HOME: aFolder(),
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    };
    const from = performance.now();
    const { code, stderr } = await keytrail(['import', 's3://any/x'], { env });
    const seconds = (performance.now() - from) / 1000;
    silent.closeAllConnections();
    silent.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^s3:\/\/any\/x cannot be read without AWS credentials \([^\n]*\); log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\.\n$/,
    );
    expect(s3.requests).toEqual([]);
    expect(seconds).toBeLessThan(20);
  });
});

const published = new URL('../../../shared/data/log-files/', import.meta.url);
const isThere = (() => {
  try {
    return readdirSync(published).length > 0;
  } catch {
    console.warn('The published log files are not beside the project: they are not imported from S3.');
    return false;
  }
})();

test.skipIf(!isThere)('the published log files are the same history from S3', async () => {
  const names = readdirSync(published);
  await s3.put(
    'published',
    Object.fromEntries(
      names.map((name) => [`AWSLogs/${name}.gz`, gzipSync(readFileSync(new URL(name, published)))]),
    ),
  );
  const { summary } = await imported(aFolder(), 's3://published/AWSLogs/');
  expect(summary).toMatchObject({ files: names.length, records: 2900, kmsEvents: 240, usageRows: 240 });
});
