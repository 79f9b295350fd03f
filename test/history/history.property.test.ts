import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import type { GroupDimension, UsageFilter } from '../../src/history/query/questions.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { aRecordSet, aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import { comparable, Oracle, sortGroups } from '../oracle/oracle.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, EVERYTHING, everyRow } from './delivered-records.ts';

/** Without what another day may say: what an alias meant, and that an addendum corrected the event. */
function withoutOtherDays<Row extends { keyArn?: string; keyFrom?: string; supersededBy?: string }>(
  row: Row,
): Row {
  const { supersededBy: _by, ...rest } = row;
  if (row.keyFrom !== 'alias') return rest as Row;
  const { keyArn: _arn, keyFrom: _from, ...bare } = rest;
  return bare as Row;
}

describe('a history against the oracle', () => {
  it('has the rows of the set whatever the order, repetition and batching, sealed or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        aSetAndDeliveries({ maxEvents: 30, versions: 'nested' }),
        fc.array(fc.boolean()),
        async ({ records, one }, seals) => {
          const oracle = new Oracle();
          for (const record of records) oracle.add(record);
          const table = new MemoryTable();
          const history = new History(table);
          for (const [index, batch] of one.entries()) {
            await append(table, batch, 'me');
            if (seals[index % Math.max(1, seals.length)]) await sealAll(table, 'me', 'test');
          }
          const expected = oracle.rows().map(comparable);
          // Before the seal a row may lack what another unsealed day says.
          const unsealed = (await everyRow(history, EVERYTHING, { limit: 7 })).map(comparable);
          expect(unsealed.map(withoutOtherDays)).toEqual(expected.map(withoutOtherDays));
          await sealAll(table, 'me', 'test');
          await sweep(table);
          expect((await everyRow(history, EVERYTHING, { limit: 5 })).map(comparable)).toEqual(expected);
        },
      ),
      { numRuns: fuzzRuns(30) },
    );
  });

  it('sums rows as the oracle does', async () => {
    const dimensions: GroupDimension[] = [
      'key',
      'principal',
      'operation',
      'category',
      'outcome',
      'account',
      'region',
      'hour',
      'day',
      'status',
    ];
    await fc.assert(
      fc.asyncProperty(
        aRecordSet({ maxEvents: 30, versions: 'nested' }),
        fc.subarray(dimensions),
        fc.nat(200_000_000),
        fc.nat(200_000_000),
        async (records, dimensionsAsked, skipStart, skipEnd) => {
          // The oracle joins no jobs, and among the records of other services may be one of a job.
          const isOfJobs = /"(?:eventSource|source)":"(?:aws\.)?sagemaker/.test(JSON.stringify(records));
          const groupBy = dimensionsAsked.filter((dimension) => dimension !== 'status' || !isOfJobs);
          const oracle = new Oracle();
          for (const record of records) oracle.add(record);
          const table = new MemoryTable();
          const history = new History(table);
          await append(table, records, 'me');
          await sealAll(table, 'me', 'test');
          const rows = oracle.rows();
          if (rows.length === 0) return;
          const first = Date.parse(rows[0]?.eventTime ?? '');
          const last = Date.parse(rows.at(-1)?.eventTime ?? '');
          const windows: UsageFilter[] = [EVERYTHING];
          if (first + skipStart < last - skipEnd)
            windows.push({ fromMs: first + skipStart, toMs: last - skipEnd });
          for (const window of windows) {
            const { items } = await history.summary(window, groupBy, { limit: 1000 });
            expect(sortGroups([...items])).toEqual(sortGroups([...oracle.summary(window, groupBy)]));
          }
        },
      ),
      { numRuns: fuzzRuns(30) },
    );
  });
});
