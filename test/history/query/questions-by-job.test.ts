import { describe, expect, it } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import type { UsageFilter, UsageGroup, UsageRow } from '../../../src/history/query/questions.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { account, aKmsRecord } from '../../builders/cloud-trail-record.ts';
import { aCreateTrainingJob, executionRole, sageMakerArn } from '../../builders/sagemaker-record.ts';
import { makeJoinAccount } from '../../join-accounts/make-join-account.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append, EVERYTHING, everyRow } from '../delivered-records.ts';

const arnsOf = ({ attribution }: UsageRow) => [...new Set(attribution.jobs.map(({ arn }) => arn))];

/** What a filter leaves of all rows, worked out row by row. */
function matching(rows: readonly UsageRow[], filter: UsageFilter): UsageRow[] {
  const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = filter;
  return rows.filter(
    (row) =>
      Date.parse(row.eventTime) >= fromMs &&
      Date.parse(row.eventTime) < toMs &&
      (filter.job === undefined || arnsOf(row).some((arn) => filter.job?.includes(arn))) &&
      (filter.status === undefined || filter.status.includes(row.attribution.status)) &&
      (filter.key === undefined || (row.keyArn !== undefined && filter.key.includes(row.keyArn))) &&
      (filter.principal === undefined || filter.principal.includes(row.principal.id ?? '')),
  );
}

type Counted = Pick<UsageGroup, 'job' | 'status' | 'count' | 'ambiguousCount'>;

/** Groups by job and status: a row counts under each job that it lists. */
function groupsOf(rows: readonly UsageRow[]): Map<string, [count: number, ambiguous: number]> {
  const groups = new Map<string, [number, number]>();
  for (const row of rows) {
    const arns = arnsOf(row);
    for (const arn of arns.length === 0 ? [''] : arns) {
      const name = `${arn} ${row.attribution.status}`;
      const [count, ambiguous] = groups.get(name) ?? [0, 0];
      groups.set(name, [count + 1, ambiguous + (row.attribution.status === 'ambiguous' ? 1 : 0)]);
    }
  }
  return groups;
}

const asMap = (groups: readonly Counted[]) =>
  new Map(
    groups.map(({ job = '', status = '', count, ambiguousCount = 0 }) => [
      `${job} ${status}`,
      [count, ambiguousCount],
    ]),
  );

async function expectAnswers(history: History, rows: readonly UsageRow[], filter: UsageFilter) {
  const expected = matching(rows, filter);
  const ids = (some: readonly UsageRow[]) => some.map((row) => `${row.eventId} ${row.keyRole ?? ''}`);
  expect(ids(await everyRow(history, filter, { limit: 7 }))).toEqual(ids(expected));
  expect(ids(await everyRow(history, filter, { order: 'desc', limit: 50 }))).toEqual(ids(expected).reverse());
  const { items } = await history.summary(filter, ['job', 'status'], { limit: 1_000 });
  expect(asMap(items)).toEqual(groupsOf(expected));
}

describe.each([true, false])('questions by job and status, days sealed: %s', (isSealed) => {
  it('are answered as all rows say', async () => {
    const { records } = makeJoinAccount(3, 'small');
    const table = new MemoryTable();
    await append(table, records, 'me');
    if (isSealed) await sealAll(table, 'me', 'test');
    const history = new History(table);
    const rows = await everyRow(history, EVERYTHING);
    const ambiguous = rows.filter((row) => arnsOf(row).length > 1);
    const single = rows.filter((row) => arnsOf(row).length === 1);
    expect(ambiguous.length).toBeGreaterThan(0);
    for (const row of [ambiguous[0], ambiguous.at(-1), single[0], single[single.length >> 1]]) {
      if (row === undefined) continue;
      const job = arnsOf(row).slice(0, 2);
      const at = Date.parse(row.eventTime);
      const { keyArn, principal } = row;
      for (const window of [EVERYTHING, { fromMs: at, toMs: at + 5 * 60_000 }, { fromMs: 0, toMs: at + 1 }]) {
        await expectAnswers(history, rows, { ...window, job });
        await expectAnswers(history, rows, { ...window, status: [row.attribution.status] });
        await expectAnswers(history, rows, {
          ...window,
          job,
          ...(keyArn === undefined ? {} : { key: [keyArn] }),
          ...(principal.id === undefined ? {} : { principal: [principal.id] }),
        });
      }
    }
  }, 120_000);
});

const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);

const aUse = (time: string, object: string, overrides: object = {}) =>
  aKmsRecord('Decrypt', {
    by: {
      type: 'AssumedRole',
      principalId: 'AROAEXECUTION:SageMaker',
      arn: `arn:aws:sts::${account}:assumed-role/Execution/SageMaker`,
      accountId: account,
      sessionContext: {
        sessionIssuer: { type: 'Role', arn: executionRole, accountId: account, userName: 'Execution' },
      },
    },
    eventTime: `2026-03-01T${time}Z`,
    eventID: guid('questions by job', time),
    requestParameters: { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${object}` } },
    ...overrides,
  });

async function historyOf(records: readonly object[]): Promise<History> {
  const table = new MemoryTable();
  await append(table, records, 'me');
  await sealAll(table, 'me', 'test');
  return new History(table);
}

describe('of an hour that the window cuts', () => {
  it('each row counts once, also where uses differ in what of the job they concern', async () => {
    const history = await historyOf([
      aCreateTrainingJob(),
      aUse('10:10:00', 'input/data/part-1'),
      aUse('10:20:00', 'elsewhere/part-1'),
      aUse('10:30:00', 'elsewhere/part-2'),
      aUse('10:40:00', 'input/data/part-2'),
    ]);
    const window = { fromMs: at('10:15:00'), toMs: at('10:35:00') };
    const { items } = await history.summary(window, ['job'], { limit: 10 });
    expect(items.map(({ count }) => count)).toEqual([2]);
    const later = { fromMs: at('10:15:00'), toMs: at('11:00:00') };
    expect((await history.summary(later, ['job'], { limit: 10 })).items.map(({ count }) => count)).toEqual([
      3,
    ]);
  });
});

describe('a job', () => {
  it('is not said to be encrypted with a key that it was denied', async () => {
    const history = await historyOf([
      aCreateTrainingJob(),
      aUse('10:10:00', 'input/data/part-1', { errorCode: 'AccessDenied' }),
    ]);
    const [job] = await history.job(sageMakerArn('training-job/train-1'));
    expect(job?.uses).toBe(1);
    expect(job?.posture.inputs).toBe('not-observed');
  });

  it('of a reused name has its own uses on whatever page it is', async () => {
    const history = await historyOf([
      aCreateTrainingJob({ eventID: guid('first run') }),
      aUse('10:10:00', 'input/data/part-1'),
      aCreateTrainingJob({ eventTime: '2026-03-01T14:00:00Z', eventID: guid('second run') }),
    ]);
    const first = await history.jobs(EVERYTHING, { limit: 1 });
    const second = await history.jobs(EVERYTHING, { limit: 1, cursor: first.next ?? '' });
    const used = [...first.items, ...second.items].map(({ usedKeys }) => usedKeys.length);
    expect(used).toEqual([1, 0]);
  });
});
