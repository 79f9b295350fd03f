import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isUnsettled, readDays } from '../../../src/history/day/day-state.ts';
import { segmentPk } from '../../../src/history/facts/table-keys.ts';
import { History } from '../../../src/history/query/history.ts';
import { readCounts } from '../../../src/history/seal/origin-counts.ts';
import { sealDue } from '../../../src/history/seal/seal-day.ts';
import type { SealPlan } from '../../../src/history/seal/seal-plan.ts';
import { sweep } from '../../../src/history/seal/sweep.ts';
import { hourMask } from '../../../src/utc-time.ts';
import { aDecrypt, aRole } from '../../builders/cloud-trail-record.ts';
import { aCreateTrainingJob, executionRole } from '../../builders/sagemaker-record.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append, everyRow } from '../delivered-records.ts';
import { unreachedItems } from '../unreached-items.ts';

const aUse = (eventTime: string, overrides: object = {}) =>
  aDecrypt({ eventID: randomUUID(), eventTime, ...overrides });

async function sealed(
  table: MemoryTable,
  days = Number.POSITIVE_INFINITY,
  mostRows = Number.POSITIVE_INFINITY,
): Promise<{ readonly unsealed: readonly string[]; readonly plans: readonly SealPlan[] }> {
  const plans: SealPlan[] = [];
  let left = days;
  const unsealed = await sealDue(table, 'test', {
    isDue: isUnsettled,
    isTimeLeft: () => left-- > 0,
    mostRows,
    onSealed: (plan) => plans.push(plan),
  });
  return { unsealed, plans };
}

describe('a sealer that comes by', () => {
  test('leaves to the next time what it has no time for', async () => {
    const table = new MemoryTable();
    await append(
      table,
      ['2026-03-01', '2026-03-02', '2026-03-03'].map((day) => aUse(`${day}T10:00:00Z`)),
      '',
    );
    expect(await sealed(table, 2)).toMatchObject({ unsealed: ['2026-03-03'], plans: [{}, {}] });
    expect((await readDays(table)).map(isUnsettled)).toEqual([false, false, true]);
    expect(await sealed(table)).toMatchObject({ unsealed: [], plans: [{}] });
    expect(await sealed(table)).toMatchObject({ unsealed: [], plans: [] });
  });

  test('seals a large day in parts, and leaves to the next time those that it has no time for', async () => {
    const table = new MemoryTable();
    const hours = ['01', '05', '09', '23'];
    for (const hour of hours)
      await append(table, [aUse(`2026-03-01T${hour}:10:00Z`), aUse(`2026-03-01T${hour}:20:00Z`)], 'me', hour);
    const rows = async () => (await everyRow(new History(table))).length;
    expect(await sealed(table, 2, 2)).toMatchObject({
      unsealed: ['2026-03-01'],
      plans: [{ rows: 2 }, { rows: 4 }],
    });
    expect((await readDays(table)).map(({ rows, pending }) => [rows, pending])).toEqual([
      [4, { 1: hourMask(9, 10) | hourMask(23, 24) }],
    ]);
    expect(await sweep(table)).toBeGreaterThan(0);
    expect(await rows()).toBe(8);
    const { unsealed, plans } = await sealed(table, 1, 4);
    expect([unsealed, plans.map((plan) => plan.rows)]).toEqual([[], [8]]);
    await sweep(table);
    expect(await unreachedItems(table)).toEqual([]);
    expect(await rows()).toBe(8);
    // Each record is counted once, though its generation was gone through three times.
    expect(await readCounts(table, 'me')).toEqual({ fresh: 8, duplicate: 0, folded: 0, rows: 8 });
  });

  test('keeps in one part the hours that a segment joins', async () => {
    const table = new MemoryTable();
    await append(
      table,
      ['01', '02', '03'].map((hour) => aUse(`2026-03-01T${hour}:10:00Z`)),
      '',
    );
    await append(table, [aUse('2026-03-01T05:10:00Z')], '');
    expect(await sealed(table, 9, 1)).toMatchObject({ unsealed: [], plans: [{ rows: 3 }, { rows: 4 }] });
  });

  test('leaves to the next time what comes meanwhile, of which there may be no end', async () => {
    const table = new MemoryTable();
    const day = '2026-03-01';
    await append(table, [aUse(`${day}T10:00:00Z`)], '');
    let seals = 0;
    const unsealed = await sealDue(table, 'test', {
      isDue: isUnsettled,
      isTimeLeft: () => {
        // What is sealed is what was there when the sealer came.
        void append(table, [aUse(`${day}T11:00:00Z`)], '', `batch-${seals}`);
        return true;
      },
      onSealed: () => {
        seals++;
      },
    });
    expect([unsealed, seals]).toEqual([[], 1]);
    expect((await readDays(table)).map(isUnsettled)).toEqual([true]);
  });

  test('reports for each day what was new, what came again and what is attributed to no job', async () => {
    const table = new MemoryTable();
    const byJob = aRole({
      sessionContext: {
        sessionIssuer: { type: 'Role', arn: executionRole, accountId: '111122223333', userName: 'Execution' },
        attributes: { creationDate: '2026-03-01T10:01:00Z' },
      },
    });
    const twice = aUse('2026-03-01T10:10:00Z', { by: byJob });
    await append(table, [aCreateTrainingJob(), twice, aUse('2026-03-01T10:20:00Z')], '');
    await append(table, [twice], '', 'again');
    const { plans } = await sealed(table);
    expect(plans.map(({ counts, unattributed }) => [...counts.values(), unattributed])).toEqual([
      [{ fresh: 2, duplicate: 1, folded: 0, rows: 2 }, 1],
    ]);
  });
});

describe('a sweep', () => {
  test('leaves to the next time what it has no time for, and loses no list of it', async () => {
    const table = new MemoryTable();
    const day = '2026-03-01';
    for (let batch = 0; batch < 60; batch++) await append(table, [aUse(`${day}T10:00:00Z`)], '', `${batch}`);
    await sealed(table);
    const segments = () => table.items.get(segmentPk(day, 1))?.size ?? 0;
    let left = 2;
    await sweep(table, () => left-- > 0);
    expect(segments()).toBe(60 - 24);
    await sweep(table);
    expect([segments(), await table.query('L')]).toEqual([0, []]);
    expect(await unreachedItems(table)).toEqual([]);
  });
});
