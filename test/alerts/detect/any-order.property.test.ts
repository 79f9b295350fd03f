import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SimulatedFile } from '../../../simulator/delivery.ts';
import { simulate } from '../../../simulator/simulate.ts';
import { DEFAULT_OPTIONS } from '../../../simulator/simulation-options.ts';
import { evidenceOf } from '../../../src/alerts/alert.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../../../src/alerts/detect/detection-settings.ts';
import { Detector } from '../../../src/alerts/detect/detector.ts';
import { RULE_IDS } from '../../../src/alerts/rule-id.ts';
import { listAlerts } from '../../../src/alerts/store/alert-store.ts';
import type { Expectation } from '../../../src/expectations/expectation.ts';
import { putExpectation } from '../../../src/expectations/expectation-store.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { makeDurable } from '../../../src/ingest/make-durable.ts';
import { RecordGatherer } from '../../../src/ingest/record-gatherer.ts';
import type { Table } from '../../../src/table/table.ts';
import { MemoryTable } from '../../table/memory-table.ts';

const RUNS = process.env['KEYTRAIL_FUZZ_RUNS'];
const TIMEOUT_MS = 120_000 + 20_000 * Number(RUNS ?? 0);

/** Long enough for keys to be learned, uses to stop and credentials to outlive their jobs; in several accounts. */
const ACCOUNT = {
  ...DEFAULT_OPTIONS,
  uses: 1_500,
  days: 24,
  jobsPerDay: 4,
  keys: 12,
  principals: 25,
  otherShare: 0.1,
  compressionLevel: 0,
};

function filesOf(seed: number): SimulatedFile[] {
  return [...simulate({ ...ACCOUNT, seed }, { onTruth: () => {} })];
}

function valuesOf(file: SimulatedFile): readonly unknown[] {
  const text = (file.path.endsWith('.gz') ? gunzipSync(file.bytes) : file.bytes).toString('utf8');
  if (file.kind === 'eventbridge')
    return text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  const log: { readonly Records: readonly unknown[] } = JSON.parse(text);
  return log.Records;
}

async function importFiles(table: Table, files: readonly SimulatedFile[]): Promise<void> {
  const gatherer = new RecordGatherer(Buffer.from('alerts'), () => NOW_MS);
  for (const file of files) for (const value of valuesOf(file)) gatherer.take(value);
  await makeDurable(gatherer.finish(), { table, keepLarge: async () => {} });
  await sealAll(table, 'test', 'import');
}

/** A long time after the last record: as an import of old logs does. */
const NOW_MS = Date.parse(ACCOUNT.startTime) + 90 * 86_400_000;

/** What depends on jobs and on the meaning of aliases, which come with some file or other. */
const EXPECTATIONS: readonly Expectation[] = [
  {
    id: 'jobs',
    keys: ['ml'],
    principals: [`account:${ACCOUNT.accounts[0]?.id}`],
    operations: ['cryptographic', 'grant'],
    only: { jobs: true },
    owner: 'builders',
    reason: 'jobs use the keys that they declare',
  },
  {
    id: 'retired',
    keys: ['alias/app/orders', 'alias/app/billing', 'alias/simulated-rolling'],
    principals: [`account:${ACCOUNT.accounts[0]?.id}`],
    operations: ['Decrypt'],
    retired: true,
    owner: 'builders',
    reason: 'replaced',
  },
];

async function expectAll(table: Table): Promise<void> {
  for (const expectation of EXPECTATIONS)
    await putExpectation(table, expectation, { by: 'test', source: 'api' }, NOW_MS);
}

async function detect(table: Table, learningMs: number): Promise<void> {
  const result = await new Detector(table).run({
    by: 'test',
    now: () => NOW_MS,
    settings: { ...DEFAULT_DETECTION_SETTINGS, learningMs },
  });
  expect(result?.isComplete).toBe(true);
}

/** Every alert that anybody can see, but for when and how it came about. */
async function alertsIn(table: Table) {
  return (await listAlerts(table)).map(({ rule, severity, title, subject, details, state, days }) => ({
    ...{ rule, severity, title, subject, details, state },
    ...evidenceOf(days),
  }));
}

test('the accounts in which alerts are compared have some of every rule', async () => {
  const rules = new Set<string>();
  for (const isExpected of [true, false]) {
    const table = new MemoryTable();
    if (isExpected) await expectAll(table);
    await importFiles(table, filesOf(2));
    await detect(table, DEFAULT_DETECTION_SETTINGS.learningMs);
    for (const { rule } of await listAlerts(table)) rules.add(rule);
  }
  expect([...rules].sort()).toEqual(RULE_IDS.toSorted());
}, 60_000);

test(
  'alerts do not depend on the order of imports, nor on how often and in how many parts files came',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 2, max: 5 }),
        fc.boolean(),
        fc.boolean(),
        fc.infiniteStream(fc.nat(1_000_000)),
        async (seed, parts, isReversed, isExpected, draws) => {
          const files = filesOf(seed);
          const learningMs = 86_400_000 * (1 + (seed % 14));
          const whole = new MemoryTable();
          if (isExpected) await expectAll(whole);
          await importFiles(whole, files);
          await detect(whole, learningMs);

          const draw = () => draws.next().value as number;
          const batches: SimulatedFile[][] = Array.from({ length: parts }, () => []);
          for (const [place, file] of files.entries()) {
            const inOrder = Math.floor((place * parts) / files.length);
            const batch = draw() % 3 === 0 ? draw() % parts : isReversed ? parts - 1 - inOrder : inOrder;
            batches[batch]?.push(file);
            // Some come again with a later part.
            if (draw() % 10 === 0) batches[draw() % parts]?.push(file);
          }
          const inParts = new MemoryTable();
          if (isExpected) await expectAll(inParts);
          for (const batch of batches) {
            await importFiles(inParts, batch);
            await detect(inParts, learningMs);
          }
          const wanted = await alertsIn(whole);
          expect(wanted.length).toBeGreaterThan(0);
          expect(await alertsIn(inParts)).toEqual(wanted);
        },
      ),
      { numRuns: Number(RUNS ?? 4), interruptAfterTimeLimit: TIMEOUT_MS - 20_000 },
    );
  },
  TIMEOUT_MS,
);
