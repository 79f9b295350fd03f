import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isUnsettled, readDays } from '../../src/history/day-state.ts';
import { sealDue } from '../../src/history/seal-day.ts';
import type { SealPlan } from '../../src/history/seal-plan.ts';
import { aDecrypt, aRole } from '../builders/cloud-trail-record.ts';
import { aCreateTrainingJob, executionRole } from '../builders/sagemaker-record.ts';
import { append } from './delivered-records.ts';
import { MemoryTable } from './memory-table.ts';

const aUse = (eventTime: string, overrides: object = {}) =>
  aDecrypt({ eventID: randomUUID(), eventTime, ...overrides });

async function sealed(
  table: MemoryTable,
  days = Number.POSITIVE_INFINITY,
): Promise<{ readonly isComplete: boolean; readonly plans: readonly SealPlan[] }> {
  const plans: SealPlan[] = [];
  let left = days;
  const isComplete = await sealDue(table, 'test', {
    isDue: isUnsettled,
    isTimeLeft: () => left-- > 0,
    onSealed: (plan) => plans.push(plan),
  });
  return { isComplete, plans };
}

describe('a sealer that comes by', () => {
  test('leaves to the next time what it has no time for', async () => {
    const table = new MemoryTable();
    await append(
      table,
      ['2026-03-01', '2026-03-02', '2026-03-03'].map((day) => aUse(`${day}T10:00:00Z`)),
      '',
    );
    expect(await sealed(table, 2)).toMatchObject({ isComplete: false, plans: [{}, {}] });
    expect((await readDays(table)).map(isUnsettled)).toEqual([false, false, true]);
    expect(await sealed(table)).toMatchObject({ isComplete: true, plans: [{}] });
    expect(await sealed(table)).toMatchObject({ isComplete: true, plans: [] });
  });

  test('leaves to the next time what comes meanwhile, of which there may be no end', async () => {
    const table = new MemoryTable();
    const day = '2026-03-01';
    await append(table, [aUse(`${day}T10:00:00Z`)], '');
    let seals = 0;
    const isComplete = await sealDue(table, 'test', {
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
    expect([isComplete, seals]).toEqual([true, 1]);
    expect((await readDays(table)).map(isUnsettled)).toEqual([true]);
  });

  test('tells of each day what was new, what came again and what is given no job', async () => {
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
