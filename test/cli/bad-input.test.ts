import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ImportSummary } from '../../src/import/import-tally.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { guid } from '../oracle/universe.ts';
import { type CommandEnded, keytrail } from './keytrail.ts';
import { aFolder, start } from './keytrail-process.ts';
import { storedRows } from './stored-rows.ts';

interface Imported extends ImportSummary {
  readonly ended: CommandEnded;
  readonly reasons: Readonly<Record<string, string>>;
}

async function imported(data: string, ...paths: readonly string[]): Promise<Imported> {
  const ended = await keytrail(['import', '--json', ...paths], { env: { KEYTRAIL_DATA: data } });
  const summary: ImportSummary = JSON.parse(ended.stdout);
  const reasons = Object.fromEntries(
    summary.quarantined.map(({ source, reason }) => [source.slice(source.lastIndexOf('/') + 1), reason]),
  );
  return { ...summary, ended, reasons };
}

async function storedIds(data: string): Promise<string[]> {
  return (await storedRows(data)).map(({ eventId }) => eventId).sort();
}

/** A good record of its own for each place that it stands in. */
const good = (...place: (string | number)[]) => JSON.stringify(aDecrypt({ eventID: guid(...place) }));

/** Records enough that a file of them does not pack into one block. */
function many(name: string, count: number): string {
  const records = Array.from({ length: count }, (_, index) => good(name, index));
  return `{"Records":[${records.join(',')}]}`;
}

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  // A block of the type that is reserved (RFC 1951 §3.2.3) would be noticed at once, and any bits may be one.
  copy.fill(0xff, at, at + 64);
  return copy;
}

const DEEP = 10_000;

describe('bad input', () => {
  test('is named with what is wrong, and loses no good record beside it', async () => {
    const logs = aFolder();
    const data = aFolder();
    const put = (name: string, content: string | Buffer) => writeFileSync(join(logs, name), content);
    const huge = 'x'.repeat(10_000_000);
    const nested = `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`;
    const cut = gzipSync(many('cut', 400));
    put('cut.json.gz', cut.subarray(0, Math.floor(cut.length * 0.9)));
    const stored = gzipSync(many('damaged', 400), { level: 0 });
    put('damaged.json.gz', damaged(stored, Math.floor(stored.length / 2)));
    const checksum = gzipSync(many('checksum', 2));
    checksum[checksum.length - 6] = (checksum.at(-6) ?? 0) ^ 1;
    put('checksum.json.gz', checksum);
    put('not.json.gz', 'this is no gzip');
    put('no-json.json', Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256)));
    put('words.ndjson', `${good('words', 0)}\nwhat is this?\n${good('words', 1)}\n`);
    put(
      'members.json',
      JSON.stringify([
        aDecrypt({ eventID: 42 }),
        aDecrypt({ eventID: ['x'] }),
        aDecrypt({ eventID: undefined }),
        aDecrypt({ eventID: guid('number'), eventTime: 1_772_359_200 }),
        aDecrypt({ eventID: guid('word'), eventTime: 'yesterday' }),
        aDecrypt({ eventID: guid('no time'), eventTime: undefined }),
        aDecrypt({ eventID: guid('name'), eventName: { a: 1 } }),
        aDecrypt({ eventID: guid('region'), awsRegion: 7 }),
        aDecrypt({ eventID: guid('odd'), userAgent: 7, requestParameters: [1], resources: 'x', by: 'me' }),
        JSON.parse(good('members')),
      ]),
    );
    put(
      'huge.json',
      `[${good('huge', 0)},${JSON.stringify(aDecrypt({ eventID: guid('huge', 1), userAgent: huge }))},${good('huge', 2)}]`,
    );
    put(
      'larger.json',
      `[${JSON.stringify(aDecrypt({ eventID: guid('larger', 0), userAgent: huge + huge }))},${good('larger', 1)}]`,
    );
    put(
      'deep.json',
      `{"Records":[${good('deep', 0)},${JSON.stringify(aDecrypt({ eventID: guid('deep', 1) })).replace('"requestParameters":{', `"requestParameters":{"deep":${nested},`)},${nested},${good('deep', 2)}]}`,
    );
    put('empty.json', '');
    put('empty.ndjson.gz', '');
    put('no-records.json', '{"Records":[]}');
    put('digest.json', '{"digestStartTime":"2026-03-01T10:00:00Z","digestS3Object":"x","logFiles":[]}');
    put(
      'insights.json',
      JSON.stringify({
        Records: [
          { eventVersion: '1.08', eventCategory: 'Insight', eventType: 'AwsCloudTrailInsight', eventID: 'i' },
          JSON.parse(good('insights')),
        ],
      }),
    );
    mkdirSync(join(logs, 'CloudTrail-Digest'));
    put('CloudTrail-Digest/x.json', 'never read');

    const result = await imported(data, logs);
    expect(result.ended).toMatchObject({
      code: 0,
      stderr: `Left out: ${join(logs, 'CloudTrail-Digest')}. It holds digests, CloudTrail's proofs of its log files, and no records.\n`,
    });
    expect(result).toMatchObject({ leftOutCount: 1 });
    const ids = new Set(await storedIds(data));
    const has = (...place: (string | number)[]) => ids.has(guid(...place));

    expect(result.reasons).toMatchObject({
      'cut.json.gz': 'The gzip data ends early; the records before its end were read.',
      'damaged.json.gz': expect.stringMatching(/^The gzip data .*; .*records .* read/),
      'checksum.json.gz':
        'The gzip data does not match its checksum; its records were read, and some may be damaged.',
      'not.json.gz#0': 'These bytes are no JSON.',
      'no-json.json': expect.stringMatching(/^It is binary data/),
      'words.ndjson#1': 'These bytes are no JSON.',
      'members.json#0': 'The eventID of the record is not a string.',
      'members.json#1': 'The eventID of the record is not a string.',
      'members.json#2': 'The record has no eventID.',
      'members.json#3': 'The eventTime of the record is missing or is not a time.',
      'members.json#4': 'The eventTime of the record is missing or is not a time.',
      'members.json#5': 'The eventTime of the record is missing or is not a time.',
      'members.json#6': 'The eventName of the record is not a string.',
      'members.json#7': 'The awsRegion of the record is not a string.',
      'larger.json#0':
        'It is larger than 16777216 bytes: write its records one a line, and import the result.',
      'deep.json#2': expect.stringMatching(/^Not all of it was looked into/),
    });
    const silent = ['empty.json', 'empty.ndjson.gz', 'no-records.json', 'digest.json', 'insights.json'];
    for (const name of [...silent, 'huge.json', 'CloudTrail-Digest'])
      expect(Object.keys(result.reasons).filter((source) => source.startsWith(name))).toEqual([]);

    // Nine tenths of the bytes hold about as much of the records, and half of them half.
    expect(Array.from({ length: 330 }, (_, index) => has('cut', index))).not.toContain(false);
    expect(Array.from({ length: 199 }, (_, index) => has('damaged', index))).not.toContain(false);
    for (const [name, ...indices] of [
      ['checksum', 0, 1],
      ['words', 0, 1],
      ['huge', 0, 1, 2],
      ['larger', 1],
      ['deep', 0, 1, 2],
    ] as const)
      for (const index of indices) expect([name, index, has(name, index)]).toEqual([name, index, true]);
    expect(['members', 'odd', 'insights'].map((name) => has(name))).toEqual([true, true, true]);

    const row = (await storedRows(data)).find(({ eventId }) => eventId === guid('huge', 1));
    expect(row?.userAgent).toHaveLength(4096);
    expect(row?.truncated).toEqual(['userAgent']);
    // Larger than an item may be: it lies in a file of its own.
    const kept = readdirSync(join(data, 'quarantine'));
    expect(kept).toHaveLength(1);
    expect(readFileSync(join(data, 'quarantine', kept[0] ?? ''))).toHaveLength(
      // A hash stands for the access key id.
      16 * 1024 * 1024 + 'hashed-access-key-'.length + 16 - 20,
    );
  });

  test('that cannot be read is a sentence and exit code 1, after the rest is in', async () => {
    const logs = aFolder();
    const data = aFolder();
    writeFileSync(join(logs, 'good.json'), `[${good('readable')}]`);
    symlinkSync('nowhere', join(logs, 'dangling.json'));
    symlinkSync('circle.json', join(logs, 'circle.json'));
    const missing = join(logs, 'no', 'such');
    const result = await imported(data, missing, logs, join(logs, 'good.json', 'below'));
    expect(result.ended.code).toBe(1);
    expect(result.ended.stderr.trimEnd().split('\n').sort()).toEqual(
      [
        `${missing} does not exist; check the path.`,
        `${join(logs, 'good.json', 'below')} does not exist; check the path.`,
        `${join(logs, 'dangling.json')} does not exist; check the path.`,
        `${join(logs, 'circle.json')} is a link that leads in a circle; mend it or leave it out.`,
      ].sort(),
    );
    expect(result).toMatchObject({ files: 1, usageRows: 1 });
    expect(await storedIds(data)).toEqual([guid('readable')]);
  });

  test('that holds nothing is said, and is no failure', async () => {
    const logs = aFolder();
    const data = aFolder();
    const { ended, files } = await imported(data, logs);
    expect(files).toBe(0);
    expect(ended).toMatchObject({
      code: 0,
      stderr: `${logs} has no log files in it (.json, .ndjson, plain or .gz); check the path.\n`,
    });
  });

  test('a reader of the summary that goes away takes nothing from what was imported', async () => {
    const logs = aFolder();
    const data = aFolder();
    writeFileSync(join(logs, 'good.json'), `[${good('unread')}]`);
    const importing = start(data, ['import', '--json', logs]);
    const gone = once(importing.process, 'close');
    importing.process.stdout?.destroy();
    await expect(importing.ended).rejects.toThrow('Premature close');
    expect(await gone).toEqual([0, null]);
    expect(await storedIds(data)).toEqual([guid('unread')]);
  });

  test('no path at all is bad usage', async () => {
    const { code, stdout, stderr } = await keytrail(['import'], { env: { KEYTRAIL_DATA: aFolder() } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: missing required argument 'path'\n/);
  });

  test('folders are read through links, and none of them twice', async () => {
    const logs = aFolder();
    const elsewhere = aFolder();
    const data = aFolder();
    mkdirSync(join(logs, 'AWSLogs', 'us-east-1'), { recursive: true });
    writeFileSync(join(logs, 'AWSLogs', 'us-east-1', 'a.json'), `[${good('a')}]`);
    writeFileSync(join(elsewhere, 'B.JSON'), `[${good('b')}]`);
    writeFileSync(join(elsewhere, 'c.txt'), `[${good('c')}]`);
    symlinkSync('..', join(logs, 'AWSLogs', 'loop'));
    symlinkSync(elsewhere, join(logs, 'linked'));
    symlinkSync(join(elsewhere, 'B.JSON'), join(logs, 'linked.json'));
    const result = await imported(data, logs, join(logs, 'AWSLogs'));
    expect(result.ended).toMatchObject({ code: 0, stderr: '' });
    // The file behind two names is read by both.
    expect(result).toMatchObject({ files: 4, kmsEvents: 4, usageRows: 3, duplicates: 1 });
    expect(await storedIds(data)).toEqual([guid('a'), guid('b'), guid('c')].sort());
  });

  test('a folder that may not be read is a sentence and exit code 1', async ({ skip }) => {
    const nobody = process.getuid?.() === 0 ? uidOfNobody() : undefined;
    if (process.getuid?.() === 0 && nobody === undefined) {
      console.warn('Nothing here runs a command as somebody else than root, who may read everything.');
      skip();
    }
    const logs = aFolder();
    const data = aFolder();
    mkdirSync(join(logs, 'open'));
    mkdirSync(join(logs, 'closed'));
    writeFileSync(join(logs, 'open', 'good.json'), `[${good('open')}]`);
    writeFileSync(join(logs, 'open', 'closed.json'), `[${good('closed')}]`);
    writeFileSync(join(logs, 'closed', 'x.json'), `[${good('closed')}]`);
    for (const path of [join(logs, 'closed'), join(logs, 'open', 'closed.json')]) chmodSync(path, 0o000);
    for (const path of [logs, data, join(logs, 'open')]) chmodSync(path, 0o755);
    if (nobody !== undefined) chownSync(data, nobody, nobody);
    const command = nobody === undefined ? [process.execPath] : [...asNobody(nobody), process.execPath];
    const { code, stdout, stderr } = await start(data, ['import', '--json', logs], { command }).ended;
    expect(stderr.trimEnd().split('\n').sort()).toEqual(
      [join(logs, 'closed'), join(logs, 'open', 'closed.json')].map(
        (path) => `${path} may not be read; ask for permission to read it, or leave it out.`,
      ),
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ files: 1, usageRows: 1 });
  });

  test('a data folder that cannot be one is a sentence and exit code 1', async () => {
    const folder = aFolder();
    writeFileSync(join(folder, 'file'), '');
    const { code, stdout, stderr } = await keytrail(['usage'], {
      env: { KEYTRAIL_DATA: join(folder, 'file') },
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^The data folder .* cannot be made or opened \(.*\); name another with --data\.\n$/,
    );
  });

  test('a file that is larger inside than is held at once is read as it comes', async () => {
    const logs = aFolder();
    const data = aFolder();
    const filler = JSON.stringify({
      eventSource: 's3.amazonaws.com',
      eventName: 'GetObject',
      pad: 'y'.repeat(900),
    });
    const fillers = `${filler},`.repeat(70_000);
    const text = `{"Records":[${good('first')},${fillers}${good('middle')},${fillers.slice(0, 950_000)}`;
    const whole = `${text.slice(0, text.lastIndexOf('},'))}},${good('last')}]}`;
    expect(whole.length).toBeGreaterThan(64 * 1024 * 1024);
    writeFileSync(join(logs, 'large.json.gz'), gzipSync(whole, { level: 1 }));
    const result = await imported(data, logs);
    expect(result.ended).toMatchObject({ code: 0, stderr: '' });
    expect(result).toMatchObject({ kmsEvents: 3, usageRows: 3, quarantinedCount: 0 });
    expect(result.records).toBeGreaterThan(70_000);
    expect(await storedIds(data)).toEqual([guid('first'), guid('last'), guid('middle')].sort());
  });

  test('a pipe or device is refused, and files beside it are read', async ({ skip }) => {
    const logs = aFolder();
    const data = aFolder();
    const pipe = join(logs, 'pipe.json');
    const file = join(logs, 'file.json');
    try {
      execFileSync('sh', ['-c', 'mkfifo "$0"', pipe], { stdio: 'ignore' });
    } catch {
      console.warn('There is no mkfifo here: pipes are not tried.');
      skip();
    }
    writeFileSync(file, many('beside', 50));
    const options = { env: { KEYTRAIL_DATA: data } };
    const { code, stdout, stderr } = await keytrail(['import', '--json', pipe, '/dev/zero', file], options);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ files: 1, usageRows: 50 });
    for (const path of [pipe, '/dev/zero']) {
      expect(stderr).toContain(`${path} is a pipe, a socket or a device, and no file`);
    }
  });
});

/** How to run a command as that user; root may read everything. */
function asNobody(uid: number): string[] {
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
}

function uidOfNobody(): number | undefined {
  const uid = 65_534;
  const [program = '', ...parameters] = asNobody(uid);
  const look = `require('node:fs').accessSync(${JSON.stringify(fileURLToPath(import.meta.url))})`;
  try {
    // The sources and this Node must be theirs to read too.
    execFileSync(program, [...parameters, process.execPath, '-e', look], { stdio: 'ignore' });
    return uid;
  } catch {
    return undefined;
  }
}
