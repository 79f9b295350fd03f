import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedFile } from '../../../simulator/delivery.ts';
import { simulate } from '../../../simulator/simulate.ts';
import { sampleAccount } from '../../../simulator/simulation-options.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../../../src/alerts/detect/detection-settings.ts';
import { Detector } from '../../../src/alerts/detect/detector.ts';
import { questionsOf } from '../../../src/api/questions-of.ts';
import type { Expectation } from '../../../src/expectations/expectation.ts';
import { putExpectation, removeExpectation } from '../../../src/expectations/expectation-store.ts';
import type { GroupDimension, UsageFilter, UsageRow } from '../../../src/history/query/questions.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { makeDurable } from '../../../src/ingest/make-durable.ts';
import { RecordGatherer } from '../../../src/ingest/record-gatherer.ts';
import { readAt } from '../../builders/read-at.ts';
import { EVERYTHING, everyRow } from '../../history/delivered-records.ts';
import { summedRows } from '../../history/summed-rows.ts';
import { sortGroups } from '../../oracle/oracle.ts';
import { MemoryTable } from '../../table/memory-table.ts';

const NOW_MS = Date.parse('2026-03-20T00:00:00Z');
const ACCOUNT = '111122223333';
const written = { owner: 'the team', reason: 'it is so' };
const byTester = { by: 'tester', source: 'cli' } as const;

/** Conditions of every kind, since rows that no condition distinguishes are judged once. */
const EXPECTATIONS: readonly Expectation[] = [
  {
    id: 'jobs',
    keys: ['ml'],
    principals: [`account:${ACCOUNT}`],
    operations: ['cryptographic', 'CreateGrant'],
    only: { jobs: true },
    ...written,
  },
  {
    id: 'mornings',
    keys: [`account:${ACCOUNT}`],
    principals: [`account:${ACCOUNT}`],
    operations: ['Decrypt'],
    only: { times: [{ from: '06:00', to: '12:00' }] },
    from: '2026-03-04T06:30:00Z',
    ...written,
  },
  {
    id: 'through-s3',
    keys: [`account:${ACCOUNT}`],
    principals: [`account:${ACCOUNT}`],
    operations: ['GenerateDataKey'],
    only: { via: ['s3.amazonaws.com'] },
    expires: '2026-03-06',
    ...written,
  },
];

const table = new MemoryTable();
const { questions: history } = questionsOf(table, DEFAULT_DETECTION_SETTINGS, () => NOW_MS);
let rows: readonly UsageRow[];

function valuesOf({ path, kind, bytes }: SimulatedFile): readonly unknown[] {
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return kind === 'eventbridge'
    ? text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
    : JSON.parse(text).Records;
}

beforeAll(async () => {
  const files = [...simulate({ ...sampleAccount, uses: 3000, jobsPerDay: 6, otherShare: 0.3 }, {})];
  for (const [place, part] of [
    files.filter((_, at) => at % 8 !== 0),
    files.filter((_, at) => at % 8 === 0),
  ].entries()) {
    const gatherer = new RecordGatherer(Buffer.from('secret'), readAt);
    for (const file of part) for (const value of valuesOf(file)) gatherer.take(value);
    await makeDurable(gatherer.finish(), { table, keepLarge: async () => {} });
    // What comes second stays unsealed.
    if (place === 0) await sealAll(table, 'me', 'test');
  }
  for (const expectation of EXPECTATIONS) await putExpectation(table, expectation, byTester, NOW_MS);
  // A detection records which keys jobs use.
  await new Detector(table).run({ by: 'me', now: () => NOW_MS, settings: DEFAULT_DETECTION_SETTINGS });
  rows = await everyRow(history);
});

describe('the rows of an account with jobs', () => {
  it('get every verdict, and each expectation allows some', () => {
    expect(rows.length).toBeGreaterThan(2000);
    expect(new Set(rows.map(({ expected }) => expected))).toEqual(new Set(['yes', 'no', 'no-rule']));
    expect([...new Set(rows.flatMap(({ expectation }) => expectation ?? []))].sort()).toEqual(
      expect.arrayContaining(EXPECTATIONS.map(({ id }) => id)),
    );
    for (const { expected, expectation } of rows) expect(expectation !== undefined).toBe(expected === 'yes');
  });

  it.each([[['yes']], [['no']], [['no-rule']], [['no', 'no-rule']]] as const)(
    'are found by their verdict: %s',
    async (expected) => {
      const wanted = rows.filter((row) => expected.some((each) => each === row.expected));
      expect(await everyRow(history, { ...EVERYTHING, expected })).toEqual(wanted);
      expect(await everyRow(history, { ...EVERYTHING, expected }, { order: 'desc', limit: 400 })).toEqual(
        wanted.toReversed(),
      );
      const [key] = rows.flatMap(({ keyArn }) => keyArn ?? []);
      expect(await everyRow(history, { ...EVERYTHING, expected, key: [key ?? ''] })).toEqual(
        wanted.filter(({ keyArn }) => keyArn === key),
      );
    },
  );

  it.each<[readonly GroupDimension[], UsageFilter]>([
    [[], { expected: ['no'] }],
    [['job', 'status'], { expected: ['yes'] }],
    [['key', 'principal', 'hour'], { expected: ['no'] }],
    [['job', 'key', 'day'], { expected: ['no', 'no-rule'], status: ['ambiguous', 'none'] }],
    [['operation', 'outcome', 'region'], { expected: ['yes'], account: [ACCOUNT] }],
    [['principal'], { expected: ['no'], outcome: ['denied'] }],
  ])('are counted by %s where asked for %o', async (groupBy, filter) => {
    // A window that cuts hours, too.
    const cut = { fromMs: Date.parse('2026-03-03T07:13:11Z'), toMs: Date.parse('2026-03-07T19:47:03Z') };
    for (const window of [EVERYTHING, cut]) {
      const { items } = await history.summary({ ...window, ...filter }, groupBy, { limit: 100_000 });
      expect(sortGroups([...items])).toEqual(
        summedRows(await everyRow(history, { ...window, ...filter }), groupBy),
      );
    }
  });

  it('have the verdicts of the current expectations, and none once there are none', async () => {
    const { eventId } = rows.find(({ expectation }) => expectation === 'mornings') ?? { eventId: '' };
    await removeExpectation(table, 'mornings', byTester, NOW_MS);
    expect((await history.event(eventId))[0]).not.toMatchObject({ expectation: 'mornings' });
    for (const id of ['jobs', 'through-s3']) await removeExpectation(table, id, byTester, NOW_MS);
    expect((await history.event(eventId))[0]).not.toHaveProperty('expected');
  });
});
