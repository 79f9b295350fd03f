import { describe, expect, it } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import { sealAll, sealDay } from '../../../src/history/seal/seal-day.ts';
import { sweep } from '../../../src/history/seal/sweep.ts';
import type { Table } from '../../../src/table/table.ts';
import { aDecrypt, aKmsRecord, aResource, keyArn, otherKeyArn } from '../../builders/cloud-trail-record.ts';
import { someSchedules } from '../../fuzz-runs.ts';
import { comparable } from '../../oracle/oracle.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { appendToAllShards, appendUsesToAllShards, everyRow, oracleOf } from '../delivered-records.ts';
import { interleave } from '../interleaving.ts';

const at = (day: number, hour: number) => ({
  eventTime: `2026-03-0${day}T${String(hour).padStart(2, '0')}:00:00Z`,
  eventID: guid('interleaved', day, hour),
});

const aPointing = (day: number, hour: number, arn: string) =>
  aKmsRecord('UpdateAlias', {
    ...at(day, hour),
    requestParameters: { aliasName: 'alias/one', targetKeyId: arn },
    resources: [aResource(arn)],
  });

const aUse = (day: number, hour: number) =>
  aKmsRecord('DescribeKey', {
    ...at(day, hour),
    requestParameters: { keyId: 'alias/one' },
    resources: undefined,
  });

const aSighting = (day: number, hour: number, arn: string) =>
  aDecrypt({ ...at(day, hour), requestParameters: { keyId: 'alias/one' }, resources: [aResource(arn)] });

interface Story {
  readonly what: string;
  /** Sealed before. */
  readonly before: readonly object[];
  /** Sealed by two at once. */
  readonly pending: readonly object[];
  /** Appended while they seal. */
  readonly late?: readonly object[];
}

const STORIES: readonly Story[] = [
  {
    what: 'one day points an alias that the other is the first to use',
    before: [],
    pending: [aPointing(1, 10, keyArn), aUse(2, 10)],
  },
  {
    what: 'one day points an alias that the other has used before and uses again',
    before: [aUse(2, 2)],
    pending: [aPointing(1, 10, keyArn), aUse(2, 10)],
  },
  {
    what: 'one day points an alias anew that the other is the first to use',
    before: [aPointing(1, 9, otherKeyArn)],
    pending: [aPointing(1, 10, keyArn), aUse(2, 10)],
  },
  {
    what: 'both days point the alias and use it',
    before: [],
    pending: [aPointing(1, 10, keyArn), aUse(1, 12), aPointing(2, 9, otherKeyArn), aUse(2, 10)],
  },
  {
    what: 'a later day sees what an alias had meant all along',
    before: [aUse(1, 3)],
    pending: [aUse(1, 10), aSighting(2, 10, keyArn)],
  },
  {
    what: 'more comes of the same days meanwhile',
    before: [],
    pending: [aPointing(1, 10, keyArn), aUse(2, 10)],
    late: [aPointing(1, 14, otherKeyArn), aUse(2, 14)],
  },
];

/** One actor stops after each number of requests, and the other goes on for a few, for some, or to its end. */
const STOPS = Array.from({ length: 36 }, (_, stop) => stop);
const LENGTHS = [6, 14, 1_000];
const SCHEDULES = someSchedules(STOPS.flatMap((stop) => LENGTHS.map((length) => ({ stop, length }))));

async function expectAllSealed(table: MemoryTable, records: readonly object[], what: string) {
  await sealAll(table, 'me', 'test');
  await sweep(table);
  const rows = await everyRow(new History(table));
  expect(rows.map(comparable), what).toEqual(oracleOf(records).rows().map(comparable));
}

describe.each(STORIES)('two sealers at work where $what', ({ before, pending, late = [] }) => {
  const records = [...before, ...pending, ...late];

  /** In half of the schedules batches say at once what they know of aliases, in the others seals find it. */
  const appendAt = (stop: number) => (stop % 4 < 2 ? appendToAllShards : appendUsesToAllShards);

  async function prepared(stop: number): Promise<MemoryTable> {
    const table = new MemoryTable();
    await appendAt(stop)(table, before, 'me');
    await sealAll(table, 'me', 'test');
    await appendAt(stop)(table, pending, 'me');
    return table;
  }

  const sealing = (day: string) => async (table: Table) => {
    await sealDay(table, day, 'test');
  };

  it.each([
    ['each a day of its own', sealing('2026-03-02'), sealing('2026-03-01')],
    ['each a day of its own, the other first', sealing('2026-03-01'), sealing('2026-03-02')],
  ])('leave the rows of all days together: %s', async (_, one, other) => {
    for (const { stop, length } of SCHEDULES) {
      const table = await prepared(stop);
      const appending = async (turns: Table) => appendAt(stop)(turns, late, 'me');
      const switches = [
        { after: stop, to: 1 },
        { after: length, to: 1 },
      ];
      await interleave(table, switches, late.length === 0 ? [one, other] : [one, appending, other]);
      await expectAllSealed(table, records, `after ${stop} for ${length}`);
    }
  });

  it('leave the rows of all days together: both all days, one of them sweeping', async () => {
    for (const { stop, length } of SCHEDULES) {
      const table = await prepared(stop);
      const switches = [
        { after: stop, to: 1 },
        { after: length, to: 1 },
      ];
      await interleave(table, switches, [
        async (turns) => {
          await sealAll(turns, 'me', 'test');
        },
        async (turns) => {
          await appendAt(stop)(turns, late, 'me');
          await sealAll(turns, 'me', 'test');
          await sweep(turns);
        },
      ]);
      await expectAllSealed(table, records, `after ${stop} for ${length}`);
    }
  });
});
