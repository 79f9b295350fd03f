import { expect, it } from 'vitest';
import { factsIn, putSettled, readIncoming } from '../../src/history/evidence/evidence-items.ts';
import { settleEvidence } from '../../src/history/evidence/settle-evidence.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll, sealDay } from '../../src/history/seal/seal-day.ts';
import type { Item } from '../../src/table/table.ts';
import { account, aDecrypt, aRole } from '../builders/cloud-trail-record.ts';
import {
  aCreateTrainingJob,
  aTrainingRequest,
  aTrainingStateChange,
  executionRole,
} from '../builders/sagemaker-record.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, everyRow } from './delivered-records.ts';

const aUse = () =>
  aDecrypt({
    by: aRole({
      sessionContext: {
        sessionIssuer: { type: 'Role', arn: executionRole, accountId: account, userName: 'Execution' },
      },
    }),
    eventTime: '2026-03-01T13:00:00Z',
  });

/** Created at ten, to run for a day at the most. */
const aJob = () =>
  aCreateTrainingJob({
    requestParameters: { ...aTrainingRequest(), stoppingCondition: { maxRuntimeInSeconds: 86_400 } },
  });

const statusesIn = async (table: MemoryTable) =>
  (await everyRow(new History(table))).map(({ attribution }) => attribution.status);

it('a use judged by a job that waits to be taken in is judged again when its end comes with it', async () => {
  const table = new MemoryTable();
  // The role is one that jobs are known to have.
  await append(table, [aCreateTrainingJob({ eventTime: '2026-02-20T10:00:00Z' }, 'train-0')], 'me');
  await sealAll(table, 'me', 'test');
  await append(table, [aJob(), aUse()], 'me');
  // Somebody seals who took in what there was before the job came.
  await sealDay(table, '2026-03-01', 'test');
  expect(await statusesIn(table)).not.toEqual(['none']);
  await append(table, [aTrainingStateChange()], 'me');
  await sealAll(table, 'me', 'test');
  expect(await statusesIn(table)).toEqual(['none']);
});

it('a first seal that is committed while days are invalidated is invalidated too', async () => {
  const table = new MemoryTable();
  await append(table, [aUse()], 'me');
  const without = new MemoryTable();
  await append(without, [aUse()], 'me');
  await sealDay(without, '2026-03-01', 'test');
  await append(table, [aJob()], 'me');
  // The days are read without a root; before they are invalidated the day gets the one that was made without the job.
  const query = table.query.bind(table);
  table.query = async (pk, range) => {
    const items = await query(pk, range);
    if (pk === 'D' && items.every(({ fields }) => fields?.['root'] === undefined)) {
      for (const [name, partition] of without.items) table.items.set(name, new Map(partition));
      table.query = query;
    }
    return items;
  };
  await settleEvidence(table);
  await sealAll(table, 'me', 'test');
  expect(await statusesIn(table)).not.toEqual(['none']);
});

it('what a slower one lays together sorts behind what it replaces', async () => {
  const table = new MemoryTable();
  await append(table, [aJob()], 'me');
  await putSettled(table, factsIn(await readIncoming(table)), 9);
  const [place] = [...table.items].filter(([pk]) => pk.startsWith('J#'));
  const [before] = [...(place?.[1].values() ?? [])] as Item[];
  await append(table, [aTrainingStateChange({}, { time: '2026-03-01T11:00:00Z' })], 'me');
  await putSettled(table, factsIn(await readIncoming(table)), 3);
  const after = await table.query(place?.[0] ?? '', { from: '2026-03-01.', to: '2026-03-01.~' });
  expect(after).toHaveLength(1);
  expect((after[0]?.sk ?? '') > (before?.sk ?? '~')).toBe(true);
});
