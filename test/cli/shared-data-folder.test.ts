import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { UsageRow } from '../../src/history/query/questions.ts';
import type { ImportSummary } from '../../src/import/import-tally.ts';
import { aDecrypt, aReEncrypt } from '../builders/cloud-trail-record.ts';
import { guid } from '../oracle/universe.ts';
import { aFolder, type Ended, keytrail, serving, start } from './keytrail-process.ts';
import { storedRows } from './stored-rows.ts';

const FILES = 16;
const RECORDS_IN_FILE = 200;

interface Logs {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly ids: readonly string[];
}

/** Log files of one and a half days, whose neighbours share some records. */
function someLogs(folder: string): Logs {
  mkdirSync(folder, { recursive: true });
  const ids: string[] = [];
  const paths: string[] = [];
  for (let file = 0; file < FILES; file++) {
    const records = Array.from({ length: RECORDS_IN_FILE }, (_, index) => {
      const number = file * (RECORDS_IN_FILE - 10) + index;
      const eventID = guid('shared folder', number);
      const eventTime = new Date(Date.parse('2026-03-01T12:00:00Z') + number * 20_000).toISOString();
      if (file === 0 || index >= 10) ids.push(eventID);
      return number % 50 === 7
        ? aReEncrypt({ eventID, eventTime })
        : aDecrypt({ eventID, eventTime, userAgent: `agent ${number}` });
    });
    const path = join(folder, `${String(file).padStart(3, '0')}.json.gz`);
    writeFileSync(path, gzipSync(JSON.stringify({ Records: records })));
    paths.push(path);
  }
  return { folder, paths, ids };
}

function summaryOf(ended: Ended): ImportSummary {
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ended.stdout);
}

async function askedOver(url: string): Promise<number> {
  const answer = await fetch(`${url}/v1/usage/summary?groupBy=operation&from=2026-01-01T00:00:00Z`);
  expect(answer.status).toBe(200);
  const { groups } = (await answer.json()) as { groups: { count: number }[] };
  return groups.reduce((sum, { count }) => sum + count, 0);
}

/** Until a process over the data folder has written something. */
async function untilWritten(data: string, bytes: number): Promise<void> {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    if (sizeOf(join(data, 'history.sqlite-wal')) >= bytes) return;
    await sleep(5);
  }
  throw new Error('nothing was written');
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

let logs: Logs;
/** What an import that nothing disturbs makes of the logs. */
let clean: { rows: UsageRow[]; summary: ImportSummary };
const place = { folder: '' };

beforeAll(async () => {
  place.folder = mkdtempSync(join(tmpdir(), 'keytrail-shared-'));
  logs = someLogs(join(place.folder, 'logs'));
  const data = join(place.folder, 'clean');
  clean = {
    summary: summaryOf(await keytrail(data, 'import', '--json', logs.folder)),
    rows: await storedRows(data),
  };
  return () => rmSync(place.folder, { recursive: true });
});

describe('a data folder that processes share', () => {
  test('has by one import each record once', () => {
    expect(new Set(clean.rows.map(({ eventId }) => eventId))).toEqual(new Set(logs.ids));
    expect(clean.summary).toMatchObject({
      files: FILES,
      kmsEvents: FILES * RECORDS_IN_FILE,
      usageRows: clean.rows.length,
      duplicates: FILES * RECORDS_IN_FILE - logs.ids.length,
    });
  });

  test('is served, imported into and asked at the same time', async () => {
    const data = aFolder();
    const server = await serving(data);
    expect(await askedOver(server.url)).toBe(0);
    const importing = start(data, ['import', '--json', logs.folder]);
    let counted = 0;
    for (let isDone = false; !isDone; ) {
      isDone = (await Promise.race([importing.ended, sleep(150)])) !== undefined;
      const count = await askedOver(server.url);
      // What has been seen once stays.
      expect(count).toBeGreaterThanOrEqual(counted);
      counted = count;
    }
    expect(summaryOf(await importing.ended)).toEqual({ ...clean.summary, seconds: expect.any(Number) });
    expect(counted).toBe(clean.rows.length);
    expect(await storedRows(data)).toEqual(clean.rows);
    server.process.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0, signal: null });
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'loses its server by %s in the middle of an import, which goes on',
    async (signal) => {
      const data = aFolder();
      const server = await serving(data);
      const importing = start(data, ['import', '--json', logs.folder]);
      await untilWritten(data, 50_000);
      server.process.kill(signal);
      const ended = await server.ended;
      expect(ended.stderr.trimEnd().split('\n')).toHaveLength(2);
      expect(signal === 'SIGTERM' ? ended.code : ended.signal).toBe(signal === 'SIGTERM' ? 0 : signal);
      expect(summaryOf(await importing.ended)).toEqual({ ...clean.summary, seconds: expect.any(Number) });
      expect(await storedRows(data)).toEqual(clean.rows);
    },
  );

  test.skipIf(process.platform === 'win32')(
    'has the rows of a clean import after one that ran out of room',
    async () => {
      const data = aFolder();
      // No file may grow larger than 51 KB, or than twice that where the shell counts in kilobytes.
      const command = ['sh', '-c', 'ulimit -f 100; exec "$0" "$@"', process.execPath];
      const full = await start(data, ['import', '--json', logs.folder], { command }).ended;
      expect([full.code, full.stdout]).toEqual([1, '']);
      expect(full.stderr).toMatch(/ cannot be written to its end: .*\.\n$/);
      const { kmsEvents } = summaryOf(await keytrail(data, 'import', '--json', logs.folder));
      expect(kmsEvents).toBe(FILES * RECORDS_IN_FILE);
      expect(await storedRows(data)).toEqual(clean.rows);
    },
  );

  test('counts each new row for one of two imports at once', async () => {
    const data = aFolder();
    const [one, other] = await Promise.all([
      keytrail(data, 'import', '--json', ...logs.paths.slice(0, 11)),
      keytrail(data, 'import', '--json', ...logs.paths.slice(5)),
    ]);
    const both = [summaryOf(one), summaryOf(other)];
    const sum = (name: 'usageRows' | 'duplicates' | 'kmsEvents') =>
      both.reduce((total, summary) => total + summary[name], 0);
    expect(await storedRows(data)).toEqual(clean.rows);
    expect(sum('usageRows')).toBe(clean.rows.length);
    expect(sum('duplicates')).toBe(sum('kmsEvents') - logs.ids.length);
  });
});
