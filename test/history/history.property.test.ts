import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../src/cloudtrail/parse-event.ts';
import { appendSegments, SegmentBuilder } from '../../src/history/append.ts';
import { History } from '../../src/history/history.ts';
import type { GroupDimension, Order, UsageFilter } from '../../src/history/questions.ts';
import { sealAll } from '../../src/history/seal-day.ts';
import { sweep } from '../../src/history/sweep.ts';
import type { UsageRow } from '../../src/history/usage-row.ts';
import { aRecordSet, aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import { comparable, Oracle, sortGroups } from '../oracle/oracle.ts';
import { MemoryTable } from './memory-table.ts';

const options = { hashAccessKey: (id: string) => `h${id.length}` };

async function append(table: MemoryTable, records: readonly unknown[], origin: string) {
  const builder = new SegmentBuilder();
  for (const record of records) {
    const parsed = parseEvent(record, options);
    if (parsed.kind === 'key-use') for (const use of parsed.uses) builder.add(use);
  }
  await appendSegments(table, builder.finish(), origin);
}

async function everyRow(
  history: History,
  filter: UsageFilter,
  order: Order,
  limit: number,
): Promise<UsageRow[]> {
  const rows: UsageRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.usage(filter, { order, limit, ...(cursor === undefined ? {} : { cursor }) });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return rows;
}

/** Without what another day may have to tell: what an alias meant, and that an addendum corrected the event. */
function withoutOtherDays<Row extends { keyArn?: string; keyFrom?: string; supersededBy?: string }>(
  row: Row,
): Row {
  const { supersededBy: _by, ...rest } = row;
  if (row.keyFrom !== 'alias') return rest as Row;
  const { keyArn: _arn, keyFrom: _from, ...bare } = rest;
  return bare as Row;
}

const EVERYTHING = { fromMs: 0, toMs: Date.parse('2100-01-01T00:00:00Z') };

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
          // Before the seal a row may lack what is told on another day that is not sealed either.
          const unsealed = (await everyRow(history, EVERYTHING, 'asc', 7)).map(comparable);
          expect(unsealed.map(withoutOtherDays)).toEqual(expected.map(withoutOtherDays));
          await sealAll(table, 'me', 'test');
          await sweep(table);
          expect((await everyRow(history, EVERYTHING, 'asc', 5)).map(comparable)).toEqual(expected);
        },
      ),
      { numRuns: Number(process.env['KEYTRAIL_FUZZ_RUNS'] ?? 60) },
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
        async (records, groupBy, skipStart, skipEnd) => {
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
      { numRuns: Number(process.env['KEYTRAIL_FUZZ_RUNS'] ?? 60) },
    );
  });
});
