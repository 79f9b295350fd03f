import { describe, expect, it } from 'vitest';
import { readDay } from '../../../src/history/day/day-state.ts';
import { History } from '../../../src/history/query/history.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { sweep } from '../../../src/history/seal/sweep.ts';
import type { ItemKey, Table } from '../../../src/table/table.ts';
import { aDecrypt } from '../../builders/cloud-trail-record.ts';
import {
  aSageMakerRecord,
  aTrainingRequest,
  executionRole,
  sageMakerArn,
} from '../../builders/sagemaker-record.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append } from '../delivered-records.ts';
import { interleave } from '../interleaving.ts';
import { rootOf } from '../recomputed-roots.ts';
import { unreachedItems } from '../unreached-items.ts';

const DAYS = ['2026-03-01', '2026-03-02'];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const idOf = (day: string, hour: number) => guid('indexed', DAYS.indexOf(day), hour);
const ids = DAYS.flatMap((day) => HOURS.map((hour) => idOf(day, hour)));

const aUse = (day: string, hour: number) =>
  aDecrypt({
    eventTime: `${day}T${String(hour).padStart(2, '0')}:30:00Z`,
    eventID: idOf(day, hour),
  });

const byTheRole = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:SageMaker',
  arn: 'arn:aws:sts::111122223333:assumed-role/Execution/SageMaker',
  accountId: '111122223333',
  sessionContext: {
    sessionIssuer: { type: 'Role', arn: executionRole, accountId: '111122223333', userName: 'Execution' },
  },
  invokedBy: 's3.amazonaws.com',
};

async function sealHourly(table: Table, hours = HOURS): Promise<void> {
  for (const hour of hours) {
    await append(
      table,
      DAYS.map((day) => aUse(day, hour)),
      'me',
    );
    await sealAll(table, 'me', 'test');
  }
}

/** The table, and the partition keys of all items that were read of it by name. */
function watched(table: Table): { readonly table: Table; readonly read: string[] } {
  const read: string[] = [];
  const note = (keys: readonly ItemKey[]) => read.push(...keys.map(({ pk }) => pk));
  return {
    read,
    table: {
      async get(key) {
        note([key]);
        return table.get(key);
      },
      async getAll(keys) {
        note(keys);
        return table.getAll(keys);
      },
      query: (pk, range) => table.query(pk, range),
      put: (item) => table.put(item),
      putIf: (item, expected) => table.putIf(item, expected),
      write: (puts, deletes) => table.write(puts, deletes),
    },
  };
}

async function found(history: History, eventIds: readonly string[]): Promise<string[]> {
  const rows: string[] = [];
  for (const id of eventIds) rows.push(...(await history.event(id)).map(({ eventId }) => eventId));
  return rows;
}

describe('the event index of days that are sealed hour by hour', () => {
  it('finds every id, sealed and before, and leaves nothing behind that no root reaches', async () => {
    const table = new MemoryTable();
    for (const hour of HOURS) {
      await sealHourly(table, [hour]);
      const known = DAYS.flatMap((day) => HOURS.slice(0, hour + 1).map((each) => idOf(day, each)));
      expect(await found(new History(table), known)).toEqual(known);
    }
    await sweep(table);
    expect(await unreachedItems(table)).toEqual([]);
    expect(await found(new History(table), ids)).toEqual(ids);
  });

  it('is written again only as its hours double, and has few runs', async () => {
    const table = new MemoryTable();
    let written = 0;
    table.onWrite = ({ pk }) => {
      if (pk.startsWith('I#')) written++;
      return { isApplied: true, isReported: false };
    };
    await sealHourly(table);
    for (const day of DAYS) {
      const { index } = await rootOf(table, await readDay(table, day));
      expect(index.reduce((sum, run) => sum + run.entries, 0)).toBe(24);
      expect(index.length).toBeLessThanOrEqual(5);
    }
    // Each of the 24 seals of the two days writes one bucket.
    expect(written).toBe(48);
  });

  it('is not written again where only judgements change', async () => {
    const table = new MemoryTable();
    const hours = HOURS.slice(10, 12);
    const uses = hours.map((hour) => ({ ...aUse('2026-03-01', hour), userIdentity: byTheRole }));
    await append(table, uses, 'me');
    await sealAll(table, 'me', 'test');
    const before = await rootOf(table, await readDay(table, '2026-03-01'));
    await append(
      table,
      [
        aSageMakerRecord('CreateTrainingJob', {
          eventTime: '2026-03-01T10:00:00Z',
          eventID: guid('late job'),
          requestParameters: aTrainingRequest('late'),
          responseElements: { trainingJobArn: sageMakerArn('training-job/late') },
        }),
      ],
      'me',
    );
    await sealAll(table, 'me', 'a job came late');
    await sweep(table);

    const after = await rootOf(table, await readDay(table, '2026-03-01'));
    expect(after.index).toEqual(before.index);
    expect(after.slots.map(({ chunks }) => chunks)).not.toEqual(before.slots.map(({ chunks }) => chunks));
    const history = new History(table);
    for (const hour of hours) {
      const [row] = await history.event(idOf('2026-03-01', hour));
      expect(row?.attribution.jobs.map(({ arn }) => arn)).toEqual([sageMakerArn('training-job/late')]);
    }
    expect(await unreachedItems(table)).toEqual([]);
  });

  it('is asked for an id that is not there without reading a root', async () => {
    const table = new MemoryTable();
    await sealHourly(table);
    const { table: seen, read } = watched(table);
    expect(await new History(seen).event(guid('nowhere'))).toEqual([]);
    expect(read.filter((pk) => pk.startsWith('I#')).length).toBeGreaterThanOrEqual(2);
    expect(read.filter((pk) => pk.startsWith('R#'))).toEqual([]);
  });

  it('is asked for an id that is there by the root of its day alone', async () => {
    const table = new MemoryTable();
    await sealHourly(table);
    const { table: seen, read } = watched(table);
    expect(await found(new History(seen), [idOf('2026-03-01', 7)])).toHaveLength(1);
    expect(read.filter((pk) => pk.startsWith('R#'))).toEqual(['R#2026-03-01']);
  });

  it('finds an id of an hour sealed long ago while later hours are sealed and what they replace is swept', async () => {
    for (let stop = 0; stop < 12; stop++) {
      const table = new MemoryTable();
      await sealHourly(table, HOURS.slice(0, 5));
      const wanted = [idOf('2026-03-01', 1), guid('nowhere'), idOf('2026-03-02', 4)];
      let answer: unknown;
      await interleave(
        table,
        [{ after: stop, to: 1 }],
        [
          async (turns) => {
            answer = await found(new History(turns), wanted);
          },
          async (turns) => {
            await sealHourly(turns, [5, 6, 7]);
            await sweep(turns);
          },
        ],
      );
      expect(answer, `stopped after ${stop}`).toEqual([wanted[0], wanted[2]]);
    }
  });
});
