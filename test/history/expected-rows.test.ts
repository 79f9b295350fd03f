import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpectations } from '../../src/expectations/compile-expectations.ts';
import type { Expectation } from '../../src/expectations/expectation.ts';
import { History } from '../../src/history/query/history.ts';
import { GROUP_DIMENSIONS } from '../../src/history/query/questions.ts';
import { verdictOfRow } from '../../src/history/query/verdict-of-row.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import { sortGroups } from '../oracle/oracle.ts';
import { ACCOUNTS, KEYS } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, EVERYTHING, everyRow } from './delivered-records.ts';
import { summedRows } from './summed-rows.ts';

const anExpectation: fc.Arbitrary<Expectation> = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    keys: fc.array(fc.constantFrom(`account:${ACCOUNTS[0]}`, ...KEYS.map(({ arn }) => arn)), {
      minLength: 1,
    }),
    principals: fc.array(fc.constantFrom(...ACCOUNTS.map((account) => `account:${account}`)), {
      minLength: 1,
    }),
    operations: fc.subarray(['cryptographic', 'grant', 'management'], { minLength: 1 }),
    owner: fc.constant('somebody'),
    reason: fc.constant('it is so'),
    only: fc.constantFrom<NonNullable<Expectation['only']>>(
      { jobs: true },
      { via: ['s3.amazonaws.com'] },
      { times: [{ from: '00:00', to: '12:00' }] },
    ),
  },
  { requiredKeys: ['id', 'keys', 'principals', 'operations', 'owner', 'reason'] },
);

const VERDICTS = ['yes', 'no', 'no-rule'] as const;

describe('rows, once there are expectations', () => {
  it('say whether they are expected, and are found and counted by it', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        aSetAndDeliveries({ maxEvents: 30 }),
        fc.uniqueArray(anExpectation, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
        fc.boolean(),
        fc.subarray([...GROUP_DIMENSIONS]),
        async ({ one }, expectations, isSealed, groupBy) => {
          const table = new MemoryTable();
          const [first = [], ...others] = one;
          await append(table, first, 'me');
          if (isSealed) await sealAll(table, 'me', 'test');
          for (const [index, batch] of others.entries()) await append(table, batch, 'me', String(index));
          const judge = compileExpectations(expectations);
          const history = new History(table, { expectations: async () => judge });
          const all = await everyRow(history);
          for (const row of all) {
            const { expected, expectation, ...rest } = row;
            expect({ expected, expectation }).toMatchObject(verdictOfThat(judge, rest));
            met.add(expected ?? 'absent');
          }
          for (const verdict of VERDICTS) {
            const wanted = all.filter(({ expected }) => expected === verdict);
            const filter = { ...EVERYTHING, expected: [verdict] };
            expect(await everyRow(history, filter)).toEqual(wanted);
            expect(
              await everyRow(history, { ...filter, account: [ACCOUNTS[0] ?? ''] }, { limit: 3 }),
            ).toEqual(
              (await everyRow(history, { ...EVERYTHING, account: [ACCOUNTS[0] ?? ''] })).filter(
                ({ expected }) => expected === verdict,
              ),
            );
            const { items } = await history.summary(filter, groupBy, { limit: 1_000 });
            expect(sortGroups([...items])).toEqual(summedRows(wanted, groupBy));
          }
        },
      ),
      { numRuns: fuzzRuns(20) },
    );
    expect([...met].sort()).toEqual(['no', 'no-rule', 'yes']);
  });

  it('do not say it while there are none', async () => {
    const table = new MemoryTable();
    const [records = []] = fc
      .sample(aSetAndDeliveries({ maxEvents: 10 }), { numRuns: 1, seed: 5 })
      .map(({ one }) => one.flat());
    await append(table, records, 'me');
    const history = new History(table, { expectations: async () => undefined });
    const rows = await everyRow(history);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).not.toHaveProperty('expected');
    expect(await everyRow(history, { ...EVERYTHING, expected: ['no-rule'] })).toEqual(rows);
    expect(await everyRow(history, { ...EVERYTHING, expected: ['yes', 'no'] })).toEqual([]);
  });
});

function verdictOfThat(...asked: Parameters<typeof verdictOfRow>) {
  const { expected, expectation } = verdictOfRow(...asked);
  return { expected, ...(expectation === undefined ? {} : { expectation }) };
}
