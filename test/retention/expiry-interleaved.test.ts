import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeDay, readDay, readDays } from '../../src/history/day/day-state.ts';
import { EvidenceStore } from '../../src/history/evidence/evidence-store.ts';
import { History } from '../../src/history/query/history.ts';
import { HistoryView } from '../../src/history/query/history-view.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { readRuns } from '../../src/retention/expiry-run.ts';
import { placeHold } from '../../src/retention/legal-hold.ts';
import { DecodedItems } from '../../src/table/decoded-items.ts';
import type { Table } from '../../src/table/table.ts';
import { keyArn } from '../builders/cloud-trail-record.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { append } from '../history/delivered-records.ts';
import { interleave, type Switch } from '../history/interleaving.ts';
import { aPlantedFault, MortalTable, untilDone } from '../table/mortal-table.ts';
import { aHistory, DAYS, DEED, daysShown, KEPT, NOW_MS, run, uses } from './old-days.ts';

const TIMEOUT_MS = 60_000;
const OLD = DAYS.filter((day) => day < KEPT);
const runs = (usual: number) => ({ numRuns: fuzzRuns(usual), interruptAfterTimeLimit: TIMEOUT_MS - 10_000 });

const switches = fc.array(
  fc.record({ after: fc.oneof(fc.nat(6), fc.nat(40)), to: fc.nat(6) }) satisfies fc.Arbitrary<Switch>,
  { maxLength: 20, size: 'max' },
);

describe('whoever is at a day while it expires', () => {
  test(
    'a question sees each day whole or not at all, and its answer says that there was more',
    async () => {
      await fc.assert(
        fc.asyncProperty(switches, async (some) => {
          const memory = await aHistory();
          await interleave(memory, some, [
            async (table) => void (await run(table)),
            async (table) => {
              const history = new History(table);
              for (let question = 0; question < 4; question++) {
                const { items, expiredBefore } = await history.summary(
                  { fromMs: 0, toMs: NOW_MS, ...(question % 2 === 0 ? { key: [keyArn] } : {}) },
                  ['day'],
                  {
                    limit: 100,
                  },
                );
                const shown = items.map(({ day }) => day);
                expect(items.map(({ count }) => count)).toEqual(shown.map(() => 5));
                expect(shown).toEqual(DAYS.slice(DAYS.length - shown.length));
                const first = shown[0] ?? '';
                expect(expiredBefore).toBe(shown.length === DAYS.length ? undefined : `${first}T00:00:00Z`);
              }
            },
          ]);
        }),
        runs(30),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a batch is on record: among the rows of the day, or as late',
    async () => {
      await fc.assert(
        fc.asyncProperty(switches, async (some) => {
          const memory = await aHistory();
          const [day = ''] = DAYS;
          await interleave(memory, some, [
            async (table) => void (await run(table, 'first')),
            async (table) => void (await run(table, 'second')),
            async (table) => append(table, uses(day, 3), 'late'),
            async (table) => void (await sealAll(table, 'sealer', 'test')),
          ]);
          await sealAll(memory, 'last', 'test');
          await run(memory, 'last');
          const records = await readRuns(memory, 10);
          const [taken, ...others] = records.flatMap(({ days }) => days.filter((one) => one.day === day));
          expect(others).toEqual([]);
          const late = records.flatMap((record) => record.late).reduce((sum, { events }) => sum + events, 0);
          // What a batch puts twice, since it came too late for the first time, is counted twice.
          expect((taken?.rows ?? 0) + late).toBeGreaterThanOrEqual(8);
          expect([5, 8]).toContain(taken?.rows);
          expect(await daysShown(memory)).toEqual(DAYS.slice(OLD.length));
        }),
        runs(30),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a hold keeps each of its days whole, or says that it had expired',
    async () => {
      await fc.assert(
        fc.asyncProperty(switches, async (some) => {
          const memory = await aHistory();
          let expired: readonly string[] = [];
          await interleave(memory, some, [
            async (table) => void (await run(table, 'first')),
            async (table) => void (await run(table, 'second')),
            async (table) => {
              expired = await placeHold(table, { id: 'case', to: KEPT, placed: DEED });
            },
          ]);
          await run(memory, 'last');
          expect(await daysShown(memory)).toEqual(DAYS.filter((day) => !expired.includes(day)));
        }),
        runs(30),
      );
    },
    TIMEOUT_MS,
  );
});

describe('a day', () => {
  test('waits until other days are invalidated by what it learned of aliases', async () => {
    const table = await aHistory();
    const [day = ''] = OLD;
    const pendingInvalidations = [{ alias: '1/us-east-1/alias/a', before: [], isOutward: true }];
    await changeDay(table, day, (state) => ({ ...state, pendingInvalidations }));
    expect(await run(table)).toMatchObject({ unsealed: [day], days: [{ day: OLD[1] }, { day: OLD[2] }] });
    expect((await readDay(table, day)).pendingInvalidations).toEqual(pendingInvalidations);
  });

  test('that has expired was the beginning of the history all the same', async () => {
    const table = await aHistory();
    const begin = async () =>
      (await HistoryView.open(table, new DecodedItems(), new EvidenceStore(table))).firstMs;
    const before = await begin();
    await run(table);
    expect(await begin()).toBe(before);
  });

  test('that another process lets expire is missed by no reader that was there before', async () => {
    const table = await aHistory();
    const history = new History(table);
    const window = { fromMs: 0, toMs: NOW_MS, key: [keyArn] };
    const count = async () => (await history.summary(window, ['day'], { limit: 100 })).items.length;
    expect(await count()).toBe(DAYS.length);
    await run(table);
    expect(await count()).toBe(DAYS.length - OLD.length);
  });
});

describe('the records of runs', () => {
  test(
    'name each day that has expired, whatever fails: that of the run that marked it, or that took it up',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(aPlantedFault({ near: 4, far: 40 }), { minLength: 1, maxLength: 8 }),
          async (faults) => {
            const memory = await aHistory();
            const table = new MortalTable(memory, faults);
            let runs = 0;
            const lawful = async (alive: Table) => {
              await run(alive, `run-${runs++}`);
            };
            await untilDone(table, lawful);
            const records = await readRuns(memory, 100);
            for (const { day, expired } of await readDays(memory)) {
              if (expired === undefined) continue;
              const of = records.find((record) => record.run === expired.run);
              const isNamed =
                of?.days.some((one) => one.day === day) === true ||
                records.some(({ resumed }) =>
                  resumed.some((one) => one.day === day && one.run === expired.run),
                );
              expect(isNamed, day).toBe(true);
            }
            expect(new Set(records.flatMap(({ days }) => days.map(({ day }) => day))).size).toBe(
              records.flatMap(({ days }) => days).length,
            );
          },
        ),
        runs(30),
      );
    },
    TIMEOUT_MS,
  );

  test('say what was held and what was not sealed, also of a run that was cut off', async () => {
    const table = await aHistory();
    await placeHold(table, { id: 'case', to: OLD[0] ?? '', placed: DEED });
    await append(table, uses(OLD[1] ?? '', 1), 'me', 'again');
    let left = 2;
    await run(table, 'short', () => left-- > 0);
    expect(await readRuns(table, 1)).toMatchObject([
      { held: [{ day: OLD[0], holds: ['case'] }], unsealed: [OLD[1]], days: [] },
    ]);
    expect((await readRuns(table, 1))[0]).not.toHaveProperty('finishedMs');
    await sealAll(table, 'me', 'test');
    await run(table, 'next');
    expect((await readRuns(table, 5)).map(({ days }) => days)).toContainEqual([
      { day: OLD[1], rows: 6 },
      { day: OLD[2], rows: 5 },
    ]);
  });

  test('count what came late for a day, and no row of it twice', async () => {
    const table = await aHistory();
    await run(table, 'first');
    await append(table, uses(OLD[0] ?? '', 3), 'me', 'late');
    await sealAll(table, 'me', 'test');
    await sweep(table);
    expect(await run(table, 'second')).toMatchObject({
      days: [],
      resumed: [],
      late: [{ day: OLD[0], events: 3 }],
    });
    expect(await run(table, 'third')).toMatchObject({ days: [], resumed: [], late: [] });
  });
});
