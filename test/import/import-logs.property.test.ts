import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { importLogs } from '../../src/import/import-logs.ts';
import type { ImportSummary } from '../../src/import/import-tally.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { EVERYTHING, everyRow } from '../history/delivered-records.ts';
import { withoutIds } from '../ingest/without-ids.ts';
import { aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import type { Json } from '../oracle/json.ts';
import { comparable, Oracle } from '../oracle/oracle.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { importHere, itemsOf } from './import-here.ts';
import { aLogPlan, type Breakage, type WrittenLog, writeLog } from './written-logs.ts';

const RUNS = fuzzRuns(20);
/** Each starts a thread, twice. */
const RUNS_IN_THREADS = Number(process.env['KEYTRAIL_FUZZ_RUNS'] ?? 4);

/** Batches of records, each to be a file, and how each is written. */
const someLogs = fc.tuple(
  aSetAndDeliveries({ maxEvents: 25, versions: 'nested' }).map(({ one }) => one),
  fc.infiniteStream(aLogPlan),
);

interface Logs {
  readonly folder: string;
  readonly records: readonly Json[];
  readonly logs: readonly WrittenLog[];
}

async function withLogs(
  [batches, plans]: [Json[][], Iterator<Parameters<typeof writeLog>[3]>],
  use: (logs: Logs) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'keytrail-import-'));
  try {
    const logs = batches.map((batch, index) => {
      // The same record again in one file is another record.
      const records = batch.map((record) => ({ ...record }));
      return writeLog(folder, `${index}`, records, plans.next().value);
    });
    await use({ folder, records: batches.flat(), logs });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All that a history says, and all that is in quarantine. */
async function contentsOf(table: MemoryTable) {
  const history = new History(table);
  return {
    rows: await everyRow(history),
    keys: await history.keys({ limit: 1_000 }),
    principals: await history.principals({ limit: 1_000 }),
    quarantine: itemsOf(table, 'Q'),
  };
}

function isQuarantinedKms(record: Json): boolean {
  const counts = new Oracle();
  counts.add(record);
  return counts.importCounts().quarantined === 1;
}

function countOf(logs: readonly WrittenLog[], ...wanted: readonly Breakage[]): number {
  return logs.flatMap(({ broken }) => broken).filter(({ how }) => wanted.includes(how)).length;
}

/** What the summary of an import into an empty history must be, by the oracle and what was broken. */
function expectedCounts({ records, logs }: Logs) {
  const oracle = new Oracle();
  for (const record of records) oracle.add(record);
  const counts = oracle.importCounts();
  const cut = countOf(logs, 'cut');
  return {
    oracle,
    files: logs.length,
    records: counts.records + countOf(logs, 'cut', 'words', 'value', 'stranger'),
    kmsEvents: counts.kmsEvents + cut,
    usageRows: counts.usageRows,
    duplicates: counts.duplicates,
    folded: counts.folded,
    jobEvents: counts.jobEvents,
    quarantinedCount: counts.quarantined + countOf(logs, 'cut', 'words', 'value', 'stranger'),
    quarantinedKms: counts.quarantined + cut,
  };
}

/** The sums by which nothing is unaccounted for. */
function expectBalanced(summary: ImportSummary): void {
  const { kmsEvents, jobEvents, otherRecords, quarantinedCount, quarantinedKms } = summary;
  expect(kmsEvents + jobEvents + otherRecords + quarantinedCount - quarantinedKms).toBe(summary.records);
  const { usageRows, duplicates, folded, secondKeys } = summary;
  expect(usageRows + duplicates + folded + quarantinedKms).toBe(kmsEvents + secondKeys);
}

/** The bytes of a file as the scanner met them. */
function contentOf(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

function expectQuarantineOf(table: MemoryTable, { logs }: Logs): void {
  const items = itemsOf(table, 'Q');
  const kept: string[] = [];
  for (const { fields, body } of items) {
    const [, path = ''] = /^(.*?)(?:#\d+)?$/s.exec(String(fields?.['source'])) ?? [];
    expect(fields?.['reason']).toMatch(/^[A-Z].+\.$/);
    const content = contentOf(path);
    const offset = Number(fields?.['offset']);
    if (body === undefined) {
      expect(fields?.['sha256']).toMatch(/^[0-9a-f]{64}$/);
      continue;
    }
    const text = withoutIds(Buffer.from(body).toString());
    expect(withoutIds(content.subarray(offset).toString()).startsWith(text)).toBe(true);
    kept.push(`${fields?.['sha256']} ${text}`);
  }
  const expected = logs.flatMap(({ texts, broken }) => [
    ...[...texts].filter(([record]) => isQuarantinedKms(record)).map(([, text]) => text),
    ...broken.filter(({ how }) => how === 'cut').map(({ text }) => text),
  ]);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(kept.sort()).toEqual(expected.map((text) => `${sha256(text)} ${withoutIds(text)}`).sort());
}

describe('an import of log files', () => {
  it('makes of every KMS record a row, a duplicate, a folded copy or a quarantined one, and says so', async () => {
    await fc.assert(
      fc.asyncProperty(someLogs, (input) =>
        withLogs(input, async (logs) => {
          const table = new MemoryTable();
          const paths = logs.logs.map(({ path }) => path);
          const expected = expectedCounts(logs);
          const first = await importHere(table, paths, 'first');
          expect(first.read).toMatchObject({
            files: expected.files,
            records: expected.records,
            kmsEvents: expected.kmsEvents,
            jobEvents: expected.jobEvents,
          });
          expect(first.sealed).toMatchObject({
            rows: expected.usageRows,
            duplicate: expected.duplicates,
            folded: expected.folded,
          });
          expect(first.quarantined).toBe(expected.quarantinedCount);
          const { fresh, duplicate, folded } = first.sealed;
          expect(fresh + duplicate + folded + expected.quarantinedKms).toBe(first.read.kmsEvents);
          expectQuarantineOf(table, logs);
          const contents = await contentsOf(table);
          expect(contents.rows.map(comparable)).toEqual(expected.oracle.rows().map(comparable));

          const second = await importHere(table, paths, 'second');
          expect(second.read).toEqual(first.read);
          expect(second.sealed).toEqual({
            fresh: 0,
            rows: 0,
            folded: 0,
            duplicate: fresh + duplicate + folded,
          });
          expect(await contentsOf(table)).toEqual(contents);
        }),
      ),
      { numRuns: RUNS },
    );
  });

  it('does so in threads of its own, and changes nothing when it is done again', async () => {
    await fc.assert(
      fc.asyncProperty(someLogs, (input) =>
        withLogs(input, async (logs) => {
          const table = new MemoryTable();
          const parts = { table, keepLarge: async () => {}, now: () => 0, readMs: readAt(), threads: 1 };
          const { oracle: _, ...expected } = expectedCounts(logs);
          const { summary, unreadable } = await importLogs([logs.folder], parts);
          const { quarantined, ...counted } = summary;
          expect(unreadable).toEqual([]);
          expect(counted).toMatchObject({ ...expected, seconds: 0 });
          expect(quarantined.length).toBeLessThanOrEqual(expected.quarantinedCount);
          expectBalanced(summary);
          const contents = await contentsOf(table);

          const again = await importLogs([logs.folder], parts);
          // A file of which all was understood is known by its bytes; of the others nothing is new.
          const whole = logs.logs.filter(({ broken }) => broken.length === 0);
          const isRead = expected.quarantinedCount > countOf(logs.logs, 'cut', 'words', 'value', 'stranger');
          if (!isRead) {
            expect(again.summary).toMatchObject({
              files: logs.logs.length - whole.length,
              unchangedFiles: whole.length,
            });
          }
          expect(again.summary).toMatchObject({ usageRows: 0, folded: 0, secondKeys: 0 });
          expect(again.summary.quarantinedCount).toBe(expected.quarantinedCount);
          expectBalanced(again.summary);
          expect(await contentsOf(table)).toEqual(contents);
        }),
      ),
      { numRuns: RUNS_IN_THREADS },
    );
  });

  it('takes a file larger than it may hold as it comes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keytrail-import-'));
    try {
      // More than is read at once, with more uses in it than are held at once, and some that are refused.
      const count = 18_000;
      const line = JSON.stringify(aDecrypt({ eventID: 'ID', padding: 'x'.repeat(1_200) }));
      const lines = Array.from({ length: count }, (_, index) =>
        line.replace('"ID"', `"${guid('large', index)}"`),
      );
      const refused = Array.from({ length: 300 }, (_, index) => line.replace('"ID"', `${index}`));
      writeFileSync(
        join(folder, 'large.ndjson'),
        [...lines.slice(0, 9_000), ...refused, ...lines.slice(9_000)].join('\n'),
      );
      expect(statSync(join(folder, 'large.ndjson')).size).toBeGreaterThan(32 * 1024 * 1024);
      const table = new MemoryTable();
      const { summary } = await importLogs([folder], {
        table,
        keepLarge: async () => {},
        now: () => 0,
        readMs: readAt(),
        threads: 1,
      });
      expect(summary).toMatchObject({ files: 1, records: 18_300, kmsEvents: 18_300, usageRows: count });
      expect(summary).toMatchObject({ duplicates: 0, quarantinedCount: 300 });
      expect(itemsOf(table, 'Q')).toHaveLength(300);
      expect((await new History(table).summary(EVERYTHING, [], { limit: 1 })).items).toMatchObject([
        { count },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('fails as the table does, in a thread too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keytrail-import-'));
    try {
      writeFileSync(join(folder, 'log.json'), JSON.stringify([aDecrypt()]));
      const table = new MemoryTable();
      // What is sealed is written by a thread.
      table.onWrite = ({ pk }) => ({ isApplied: true, isReported: pk.startsWith('C#') });
      const importing = importLogs([folder], {
        table,
        keepLarge: async () => {},
        now: () => 0,
        readMs: readAt(),
        threads: 1,
      });
      await expect(importing).rejects.toMatchObject({ name: 'KeytrailError', code: 'store-unavailable' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
