import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDays } from '../../src/history/day/day-state.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { readExpiredDays, readRuns } from '../../src/retention/expiry-run.ts';
import { placeHold, releaseHold } from '../../src/retention/legal-hold.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { appendToAllShards } from '../history/delivered-records.ts';
import { interleave, type Switch } from '../history/interleaving.ts';
import type { MemoryTable } from '../table/memory-table.ts';
import { aPlantedFault, MortalTable, untilDone } from '../table/mortal-table.ts';
import { aHistory, DAYS, DEED, daysShown, KEPT, NOW_MS, run, uses } from './old-days.ts';

const TIMEOUT_MS = 60_000;
/** The keys of the items of a table, without those of expiry runs. */
const contents = (table: MemoryTable) =>
  [...table.items]
    .flatMap(([pk, items]) => (pk === 'expiry' ? [] : [...items.keys()].map((sk) => `${pk} ${sk}`)))
    .sort();

describe('a run of the retention', () => {
  it('lets whole days expire that are older, and shows none of them; their roots and what they had stay', async () => {
    const table = await aHistory();
    const record = await run(table);
    expect(record).toMatchObject({ cutoff: KEPT, finishedMs: NOW_MS, held: [] });
    expect(record.days).toEqual(DAYS.slice(0, 3).map((day) => ({ day, rows: 5 })));
    expect(await readRuns(table, 10)).toEqual([record]);
    expect(await daysShown(table)).toEqual(DAYS.slice(3));
    expect(await readExpiredDays(table)).toMatchObject(
      DAYS.slice(0, 3).map((day) => ({ day, rows: 5, keys: [{ rows: 5 }] })),
    );
    for (const { day, root, expired } of await readDays(table)) {
      expect(expired !== undefined).toBe(day < KEPT);
      expect([...(table.items.get(`R#${day}`)?.keys() ?? [])]).toContain(root);
      expect(table.items.get(`C#${day}`)?.size ?? 0).toBe(day < KEPT ? 0 : 1);
    }
    const history = new History(table);
    const page = { limit: 10, order: 'asc' as const };
    const at = (time: string) => Date.parse(time);
    expect(await history.usage({ fromMs: at('2025-01-01'), toMs: at('2025-02-01') }, page)).toMatchObject({
      expiredBefore: '2025-01-10T00:00:00Z',
    });
    expect(
      await history.summary({ fromMs: at('2025-01-09T23:59:59Z'), toMs: at('2025-02-01') }, [], page),
    ).toHaveProperty('expiredBefore');
    expect(
      await history.usage({ fromMs: at('2025-01-10'), toMs: at('2025-02-01') }, page),
    ).not.toHaveProperty('expiredBefore');
  });

  it(
    'comes to the same end whatever fails, and however often it is begun',
    async () => {
      const whole = await aHistory();
      await run(whole);
      await fc.assert(
        fc.asyncProperty(
          fc.array(aPlantedFault({ near: 4, far: 40 }), { minLength: 1, maxLength: 8 }),
          fc.boolean(),
          async (faults, isSwept) => {
            const memory = await aHistory();
            const table = new MortalTable(memory, faults);
            await untilDone(table, (alive) => run(alive, 'first'));
            if (isSwept) await untilDone(table, (alive) => sweep(alive));
            await untilDone(table, (alive) => run(alive, 'second'));
            expect(contents(memory).map(withoutUuids)).toEqual(contents(whole).map(withoutUuids));
            expect(await daysShown(memory)).toEqual(DAYS.slice(3));
          },
        ),
        { numRuns: fuzzRuns(30), interruptAfterTimeLimit: TIMEOUT_MS - 10_000 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'may meet another run and a seal at any request',
    async () => {
      const aSwitch: fc.Arbitrary<Switch> = fc.record({ after: fc.nat(12), to: fc.nat(6) });
      await fc.assert(
        fc.asyncProperty(fc.array(aSwitch, { maxLength: 12 }), async (switches) => {
          const memory = await aHistory();
          const late = uses(DAYS[1] ?? '', 2);
          await interleave(memory, switches, [
            async (table) => void (await run(table, 'first')),
            async (table) => void (await run(table, 'second')),
            async (table) => {
              await appendToAllShards(table, late, 'late');
              await sealAll(table, 'late', 'test');
            },
          ]);
          await sealAll(memory, 'last', 'test');
          await run(memory, 'last');
          await sweep(memory);
          expect(await daysShown(memory)).toEqual(DAYS.slice(3));
          for (const day of DAYS.slice(0, 3)) {
            expect(
              [...memory.items.keys()].filter(
                (pk) => pk.includes(day) && !pk.startsWith('R#') && memory.items.get(pk)?.size !== 0,
              ),
            ).toEqual([]);
          }
        }),
        { numRuns: fuzzRuns(20), interruptAfterTimeLimit: TIMEOUT_MS - 10_000 },
      );
    },
    TIMEOUT_MS,
  );

  it('keeps what is held, until it is released', async () => {
    const table = await aHistory();
    expect(await placeHold(table, { id: 'case-1', from: DAYS[1] ?? '', placed: DEED })).toEqual([]);
    expect(await run(table)).toMatchObject({
      days: [{ day: DAYS[0] }],
      held: [{ day: DAYS[1], holds: ['case-1'] }, { day: DAYS[2] }],
    });
    expect(await daysShown(table)).toEqual(DAYS.slice(1));
    await expect(placeHold(table, { id: 'case-1', placed: DEED })).rejects.toMatchObject({
      code: 'conflict',
    });
    await releaseHold(table, 'case-1', DEED);
    await expect(releaseHold(table, 'case-1', DEED)).rejects.toMatchObject({ code: 'conflict' });
    await expect(releaseHold(table, 'case-2', DEED)).rejects.toMatchObject({ code: 'not-found' });
    await run(table, 'after');
    expect(await daysShown(table)).toEqual(DAYS.slice(3));
  });

  it('stops before the next day once a hold is placed', async () => {
    const table = await aHistory();
    let records = 0;
    table.onWrite = async ({ pk }) => {
      // The record that the first day is gone.
      if (pk === 'expiry' && ++records === 2) await placeHold(table, { id: 'all', placed: DEED });
      return { isApplied: true, isReported: false };
    };
    await run(table);
    expect(await daysShown(table)).toEqual(DAYS.slice(1));
  });

  it('does not bring a day back for what comes late, and takes that away the next time', async () => {
    const table = await aHistory();
    await run(table);
    await appendToAllShards(table, uses(DAYS[0] ?? '', 3), 'late');
    await sealAll(table, 'late', 'test');
    expect(await daysShown(table)).toEqual(DAYS.slice(3));
    await run(table, 'second');
    expect(
      [...table.items.keys()].filter(
        (pk) => pk.startsWith(`S#${DAYS[0]}`) && table.items.get(pk)?.size !== 0,
      ),
    ).toEqual([]);
  });
});

/** Contents are named by what is in them, which has other event ids each time. */
function withoutUuids(name: string): string {
  return name.replace(/\.[A-Za-z0-9_-]{22}$/, '').replace(/(\.[A-Za-z0-9_-]{8})(?=$|\.)/, '');
}
