import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDays } from '../../src/history/day/day-state.ts';
import { History } from '../../src/history/query/history.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import type { Table } from '../../src/table/table.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { makeJoinAccount } from '../join-accounts/make-join-account.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { MortalTable, untilDone } from '../table/mortal-table.ts';
import { append, EVERYTHING, everyRow } from './delivered-records.ts';
import { judgedDirectly } from './judged-directly.ts';
import { unreachedItems } from './unreached-items.ts';

const numRuns = fuzzRuns(4);

const byEvent = (rows: readonly UsageRow[]) =>
  new Map(rows.map((row) => [`${row.eventId} ${row.keyRole ?? ''}`, row.attribution]));

/** How an account's records come: in some order, some of them again, in batches, sealed now and then. */
const aDelivery = fc.record({
  order: fc.nat(1_000_000),
  batches: fc.integer({ min: 1, max: 7 }),
  repeated: fc.nat(20),
  seals: fc.array(fc.boolean(), { maxLength: 7 }),
});

type Delivery = typeof aDelivery extends fc.Arbitrary<infer T> ? T : never;

/** The records of each batch: shuffled by a linear congruential generator, with every nth once more. */
function batchesOf(records: readonly unknown[], { order, batches, repeated }: Delivery): unknown[][] {
  let state = order;
  const draw = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const shuffled = [...records];
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = draw(at + 1);
    [shuffled[at], shuffled[other]] = [shuffled[other], shuffled[at]];
  }
  const again = repeated === 0 ? [] : shuffled.filter((_, at) => at % (repeated + 1) === 0);
  const all = [...shuffled, ...again];
  const size = Math.ceil(all.length / batches);
  return Array.from({ length: batches }, (_, batch) => all.slice(batch * size, (batch + 1) * size));
}

async function sealedAtOnce(records: readonly unknown[]): Promise<MemoryTable> {
  const table = new MemoryTable();
  await append(table, records, 'me');
  await sealAll(table, 'me', 'test');
  return table;
}

async function rowsOf(table: Table): Promise<UsageRow[]> {
  return everyRow(new History(table), EVERYTHING);
}

describe('attributions of a history', () => {
  it('are those that the rules give when they see everything at once', async () => {
    for (const seed of [1, 2, 3]) {
      const { records } = makeJoinAccount(seed, 'small');
      const rows = await rowsOf(await sealedAtOnce(records));
      const directly = judgedDirectly(records, rows);
      expect(rows.some(({ attribution }) => attribution.jobs.length > 0)).toBe(true);
      expect(byEvent(rows)).toEqual(directly);
    }
  }, 120_000);

  it('are the same whatever came first, repeated, in any batches, sealed at any time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), aDelivery, async (seed, delivery) => {
        const { records } = makeJoinAccount(seed, 'small');
        const expected = byEvent(await rowsOf(await sealedAtOnce(records)));
        const table = new MemoryTable();
        for (const [index, batch] of batchesOf(records, delivery).entries()) {
          await append(table, batch, 'me');
          if (delivery.seals[index] === true) await sealAll(table, 'me', 'test');
        }
        await sealAll(table, 'me', 'test');
        await sweep(table);
        expect(byEvent(await rowsOf(table))).toEqual(expected);
        expect(await unreachedItems(table)).toEqual([]);
      }),
      { numRuns, endOnFailure: true },
    );
  }, 240_000);

  it('are the same before the days are sealed as after', async () => {
    for (const seed of [4, 5]) {
      const { records } = makeJoinAccount(seed, 'small');
      const table = new MemoryTable();
      await append(table, records, 'me');
      const before = byEvent(await rowsOf(table));
      await sealAll(table, 'me', 'test');
      expect(before).toEqual(byEvent(await rowsOf(table)));
    }
  }, 120_000);

  it('are what they would have been after processes have died at any write', async () => {
    const { records } = makeJoinAccount(6, 'small');
    const expected = byEvent(await rowsOf(await sealedAtOnce(records)));
    for (const after of [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]) {
      const memory = new MemoryTable();
      const table = new MortalTable(memory, [
        { after, kind: 'last deed', dies: true, order: after },
        { after: after * 2, kind: 'refused', dies: true, order: after },
        { after, kind: 'lost answer', dies: false, order: after },
      ]);
      const half = Math.floor(records.length / 2);
      for (const part of [records.slice(half), records.slice(0, half)]) {
        await untilDone(table, (alive) => append(alive, part, 'me'));
        await untilDone(table, (alive) => sealAll(alive, 'me', 'test'));
      }
      expect(byEvent(await rowsOf(memory)), `after ${after} writes`).toEqual(expected);
    }
  }, 240_000);

  it('of a late job are made again for the hours of its role, and for no others', async () => {
    const { records } = makeJoinAccount(7, 'small');
    const creation = records.find(isTrainingJobCreation);
    if (creation === undefined) throw new Error('the account has no training job');
    const table = new MemoryTable();
    await append(
      table,
      records.filter((record) => record !== creation),
      'me',
    );
    await sealAll(table, 'me', 'test');
    const before = new Map((await readDays(table)).map(({ day, sealVersion }) => [day, sealVersion]));
    await append(table, [creation], 'me');
    await sealAll(table, 'me', 'test');
    const resealed = (await readDays(table))
      .filter(({ day, sealVersion }) => sealVersion !== before.get(day))
      .map(({ day }) => day);
    expect(resealed.length).toBeGreaterThan(0);
    expect(resealed.length).toBeLessThan(before.size);
    expect(byEvent(await rowsOf(table))).toEqual(byEvent(await rowsOf(await sealedAtOnce(records))));
  }, 120_000);
});

function isTrainingJobCreation(record: unknown): boolean {
  return (
    typeof record === 'object' &&
    record !== null &&
    'eventName' in record &&
    record.eventName === 'CreateTrainingJob' &&
    !('errorCode' in record)
  );
}
