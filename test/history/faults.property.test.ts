import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OriginCounts } from '../../src/history/append/append.ts';
import { isUnsettled, readDays } from '../../src/history/day/day-state.ts';
import { readAliases } from '../../src/history/evidence/alias-items.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll, sealDue } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import type { Item, Table } from '../../src/table/table.ts';
import { DAY_MS } from '../../src/utc-time.ts';
import { aDelivery, aSetAndDeliveries } from '../oracle/arbitrary-records.ts';
import type { OracleRow } from '../oracle/facts.ts';
import type { Json } from '../oracle/json.ts';
import { KEYS } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { aPlantedFault, MortalTable, untilDone } from '../table/mortal-table.ts';
import { anAliasStory } from './alias-stories.ts';
import {
  appendToAllShards,
  appendUsesToAllShards,
  EVERYTHING,
  everyRow,
  expectAnswersOf,
  oracleOf,
} from './delivered-records.ts';
import { interleave, type Switch } from './interleaving.ts';
import { type RecomputedHour, recomputeHours, rootOf } from './recomputed-roots.ts';
import { unreachedItems } from './unreached-items.ts';

const RUNS = process.env['KEYTRAIL_FUZZ_RUNS'];
const TIMEOUT_MS = 60_000 + 1_000 * Number(RUNS ?? 0);

/** Ends in time to say what failed: making a failing run smaller may take very long. */
const numRuns = (usual: number) => ({
  numRuns: Number(RUNS ?? usual),
  interruptAfterTimeLimit: TIMEOUT_MS - 20_000,
});

describe('a history whose writes fail and whose processes die', () => {
  it(
    'has in the end what it would have had',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          aSetAndDeliveries({ maxEvents: 14 }),
          fc.array(fc.constantFrom('', 'sweep', ...ROUNDS), { maxLength: 6 }),
          fc.array(aPlantedFault(), { minLength: 1, maxLength: 12 }),
          async ({ records, one }, steps, faults) => {
            const memory = new MemoryTable();
            const table = new MortalTable(memory, faults);
            for (const [index, batch] of one.entries()) {
              await untilDone(table, (alive) => appendToAllShards(alive, batch, 'me'));
              const step = steps[index] ?? '';
              if (step.includes('in parts')) await untilDone(table, sealInParts);
              else if (step.includes('seal')) await untilDone(table, (alive) => sealAll(alive, 'me', 'test'));
              if (step.includes('sweep')) await untilDone(table, (alive) => sweep(alive));
            }
            await untilDone(table, (alive) => sealAll(alive, 'me', 'test'));
            await untilDone(table, (alive) => sweep(alive));
            await expectAnswersOf(memory, records);
            expect(await unreachedItems(memory)).toEqual([]);
          },
        ),
        numRuns(30),
      );
    },
    TIMEOUT_MS,
  );
});

const aSwitch: fc.Arbitrary<Switch> = fc.record({
  after: fc.oneof({ weight: 3, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(60) }),
  to: fc.nat(6),
});

/** What has been acknowledged, as it grows. */
class Acknowledged {
  readonly records: Json[] = [];

  /** Asks, and holds against the answer what had been acknowledged when the question began. */
  async check(history: History, question: Question, all: readonly Json[]): Promise<void> {
    const rows = oracleOf(this.records.slice())
      .rows()
      .filter((row) => !isCopiedNearMidnight(row));
    switch (question) {
      case 'rows':
        return expectRows(await everyRow(history), rows);
      case 'rows backwards':
        return expectRows(await everyRow(history, EVERYTHING, { order: 'desc' }), rows);
      case 'rows of keys': {
        const answer = await everyRow(history, { ...EVERYTHING, key: KEYS.map(({ arn }) => arn) });
        return expectRows(answer, rows.filter(hasOwnKey));
      }
      case 'summary': {
        const { items } = await history.summary(EVERYTHING, ['outcome'], { limit: 1_000 });
        const count = items.reduce((sum, group) => sum + group.count, 0);
        expect(count).toBeGreaterThanOrEqual(rows.length);
        return expect(count).toBeLessThanOrEqual(mostRows(oracleOf(all).rows()));
      }
      case 'events':
        for (const { eventId } of rows.slice(-2)) {
          const found = await history.event(eventId);
          expect(found.some((row) => idsOf(row).includes(eventId))).toBe(true);
        }
        return;
      case 'keys': {
        const { items } = await history.keys({ limit: 1_000 });
        const arns = items.map(({ arn }) => arn);
        return expect(arns).toEqual(
          expect.arrayContaining(rows.filter(hasOwnKey).map(({ keyArn }) => keyArn)),
        );
      }
      default:
        return question satisfies never;
    }
  }
}

/** What a sealer does when it comes by. */
const ROUNDS = ['seal', 'seal and sweep', 'seal in parts', 'seal in parts and sweep'] as const;

/** Every day by hours, as far as rows of different hours may be sealed without each other. */
async function sealInParts(table: Table): Promise<void> {
  await sealDue(table, 'test', { isDue: isUnsettled, isTimeLeft: () => true, mostRows: 1 });
}

/** How two appenders share the records; what is the same comes of one origin, as when a queue delivers again. */
const DELIVERIES = ['by halves', 'twice, otherwise', 'twice, the same'] as const;

const QUESTIONS = ['rows', 'rows backwards', 'rows of keys', 'summary', 'events', 'keys'] as const;
type Question = (typeof QUESTIONS)[number];

/**
 * Copies of one use that lie in two days: while they are being written, one day may know of both and the other
 * not, and which of them shows the row is not settled between them.
 */
function isCopiedNearMidnight(row: OracleRow): boolean {
  const sinceMidnight = Date.parse(row.eventTime) % DAY_MS;
  return (
    row.sharedEventId !== undefined && (sinceMidnight < MARGIN_MS || sinceMidnight >= DAY_MS - MARGIN_MS)
  );
}

/** As many rows as there can be at any time: copies near midnight may each be shown until both days have them. */
function mostRows(rows: readonly OracleRow[]): number {
  return rows.reduce((sum, row) => sum + (isCopiedNearMidnight(row) ? idsOf(row).length : 1), 0);
}

const MARGIN_MS = 20 * 60_000;

/** Whose key no alias had to be looked up for. */
function hasOwnKey(row: OracleRow): boolean {
  return row.keyArn !== undefined && row.keyFrom !== 'alias';
}

function idsOf(row: OracleRow): string[] {
  return [...new Set([row.eventId, ...(row.copies ?? [])])];
}

function expectRows(answer: readonly OracleRow[], acknowledged: readonly OracleRow[]): void {
  const shown = answer
    .filter((row) => !isCopiedNearMidnight(row))
    .flatMap((row) => idsOf(row).map((id) => `${id} ${row.keyRole ?? ''}`));
  expect(shown.filter((name, index) => shown.indexOf(name) !== index)).toEqual([]);
  const names = new Set(shown);
  const missing = acknowledged
    .flatMap((row) => idsOf(row).map((id) => `${id} ${row.keyRole ?? ''}`))
    .filter((name) => !names.has(name));
  expect(missing).toEqual([]);
}

describe('a history with several at work on it', () => {
  it(
    'shows what was acknowledged, once, at any time, and ends as it should',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          aSetAndDeliveries({ maxEvents: 10 }),
          fc.constantFrom(...DELIVERIES),
          fc.array(fc.array(fc.constantFrom(...ROUNDS), { minLength: 1, maxLength: 3 }), {
            minLength: 1,
            maxLength: 3,
          }),
          fc.array(fc.array(fc.constantFrom(...QUESTIONS), { minLength: 1, maxLength: 4 }), { maxLength: 2 }),
          fc.array(aSwitch, { maxLength: 60, size: 'max' }),
          async ({ records, one, other }, deliveries, sealers, readers, switches) => {
            const memory = new MemoryTable();
            const acknowledged = new Acknowledged();
            const appender = (batches: readonly Json[][], origin: string) => async (table: Table) => {
              for (const batch of batches) {
                await appendToAllShards(table, batch, origin);
                acknowledged.records.push(...batch);
              }
            };
            const half = Math.ceil(one.length / 2);
            const parts = {
              'by halves': [one.slice(0, half), one.slice(half)],
              'twice, otherwise': [one, other],
              'twice, the same': [one, one],
            } as const;
            const [first, second] = parts[deliveries];
            await interleave(memory, switches, [
              appender(first, 'first'),
              appender(second, deliveries === 'twice, the same' ? 'first' : 'second'),
              ...sealers.map((rounds, number) => async (table: Table) => {
                for (const round of rounds) {
                  if (round.includes('in parts')) await sealInParts(table);
                  else await sealAll(table, `sealer ${number}`, 'test');
                  if (round.includes('sweep')) await sweep(table);
                }
              }),
              ...readers.map((questions) => async (table: Table) => {
                const history = new History(table);
                for (const question of questions) await acknowledged.check(history, question, records);
              }),
            ]);
            await sealAll(memory, 'last', 'test');
            await sweep(memory);
            await expectAnswersOf(memory, records);
          },
        ),
        numRuns(30),
      );
    },
    TIMEOUT_MS,
  );
});

/** Every item of the table, by name. */
function contentsOf(table: MemoryTable): Map<string, Item> {
  return new Map(
    [...table.items.values()].flatMap((items) =>
      [...items.values()].map((item) => [`${item.pk} ${item.sk}`, item] as const),
    ),
  );
}

function addedUp(counts: readonly OriginCounts[]): OriginCounts {
  const sum = (name: keyof OriginCounts) => counts.reduce((total, one) => total + one[name], 0);
  return { fresh: sum('fresh'), duplicate: sum('duplicate'), folded: sum('folded'), rows: sum('rows') };
}

describe('aliases that one day defines and another uses', () => {
  it(
    'mean in the end what all days together say, whoever sealed which day when',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          anAliasStory.chain((records) => fc.tuple(fc.constant(records), aDelivery(records))),
          fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          fc.array(aSwitch, { maxLength: 60, size: 'max' }),
          // Whether batches say at once what they know of aliases, or seals find it.
          fc.constantFrom(appendToAllShards, appendUsesToAllShards),
          async ([records, batches], sealers, switches, appendBatch) => {
            const memory = new MemoryTable();
            await interleave(memory, switches, [
              ...[0, 1].map((number) => async (table: Table) => {
                for (const [index, batch] of batches.entries()) {
                  if (index % 2 === number) await appendBatch(table, batch, `appender ${number}`);
                }
              }),
              ...sealers.map((rounds, number) => async (table: Table) => {
                for (let round = 0; round < rounds; round++) await sealAll(table, `sealer ${number}`, 'test');
                await sweep(table);
              }),
            ]);
            await sealAll(memory, 'last', 'test');
            await sweep(memory);
            await expectAnswersOf(memory, records);
            // What is settled of aliases is what remains of all facts of each day, in whatever batches they were.
            const atOnce = new MemoryTable();
            await appendToAllShards(atOnce, records, 'me');
            await sealAll(atOnce, 'me', 'test');
            expect(await readAliases(memory)).toEqual(await readAliases(atOnce));
          },
        ),
        numRuns(75),
      );
    },
    TIMEOUT_MS,
  );
});

describe('a history to which one batch comes after the other', () => {
  const batches = fc.record({
    set: aSetAndDeliveries({ maxEvents: 20 }),
    seals: fc.array(fc.boolean(), { maxLength: 6 }),
  });

  it(
    'counts every record that came in, once, as what it was',
    async () => {
      await fc.assert(
        fc.asyncProperty(batches, async ({ set: { one }, seals }) => {
          const table = new MemoryTable();
          for (const [index, batch] of one.entries()) {
            await appendToAllShards(table, batch, 'me', `${index}`);
            if (seals[index]) await sealAll(table, 'me', 'test');
          }
          // What is answered is what became of the origin's records so far.
          const total = await sealAll(table, 'me', 'test');
          const expected = oracleOf(one.flat()).importCounts();
          expect(total.fresh + total.duplicate + total.folded).toBe(
            expected.kmsEvents - expected.quarantined,
          );
          expect(total).toEqual({
            fresh: expected.kmsEvents - expected.quarantined - expected.duplicates - expected.folded,
            duplicate: expected.duplicates,
            folded: expected.folded,
            rows: expected.usageRows,
          });
        }),
        numRuns(50),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'counts the same whoever seals',
    async () => {
      await fc.assert(
        fc.asyncProperty(batches, async ({ set: { one }, seals }) => {
          const table = new MemoryTable();
          const counts: OriginCounts[] = [];
          for (const [index, batch] of one.entries()) {
            await appendToAllShards(table, batch, `origin ${index}`);
            if (seals[index]) counts.push(await sealAll(table, `sealer ${index % 2}`, 'test'));
          }
          counts.push(await sealAll(table, 'sealer 0', 'test'));
          for (const index of one.keys()) counts.push(await sealAll(table, `origin ${index}`, 'test'));
          const expected = oracleOf(one.flat()).importCounts();
          expect(addedUp(counts)).toEqual({
            fresh: expected.kmsEvents - expected.quarantined - expected.duplicates - expected.folded,
            duplicate: expected.duplicates,
            folded: expected.folded,
            rows: expected.usageRows,
          });
        }),
        numRuns(50),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'is changed by no second seal and keeps nothing that no root reaches',
    async () => {
      await fc.assert(
        fc.asyncProperty(batches, async ({ set: { one }, seals }) => {
          const table = new MemoryTable();
          for (const [index, batch] of one.entries()) {
            await appendToAllShards(table, batch, 'me');
            if (seals[index]) {
              await sealAll(table, 'me', 'test');
              await sweep(table);
              expect(await unreachedItems(table)).toEqual([]);
            }
          }
          const counts = await sealAll(table, 'me', 'test');
          await sweep(table);
          const before = contentsOf(table);
          expect(await sealAll(table, 'me', 'test')).toEqual(counts);
          expect(await sweep(table)).toBe(0);
          expect(contentsOf(table)).toEqual(before);
          expect(await unreachedItems(table)).toEqual([]);
        }),
        numRuns(30),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'takes no fact back from one sealed version to the next, and proves each',
    async () => {
      await fc.assert(
        fc.asyncProperty(batches, async ({ set: { one }, seals }) => {
          const table = new MemoryTable();
          const before = new Map<string, RecomputedHour>();
          for (const [index, batch] of one.entries()) {
            await appendToAllShards(table, batch, 'me');
            if (seals[index] === false && index < one.length - 1) continue;
            await sealAll(table, 'me', 'test');
            for (const state of await readDays(table)) {
              const root = await rootOf(table, state);
              const hours = await recomputeHours(table, root);
              expect(root.hours.map(({ hour, facts, factsRoot }) => ({ hour, facts, factsRoot }))).toEqual(
                [...hours]
                  .sort(([a], [b]) => a - b)
                  .map(([hour, { leaves, factsRoot }]) => ({ hour, facts: leaves.length, factsRoot })),
              );
              for (const [hour, recomputed] of hours)
                before.set(`${state.day} ${hour}`, held(recomputed, before.get(`${state.day} ${hour}`)));
              expect([...before.keys()].filter((name) => name.startsWith(state.day)).length).toBe(hours.size);
            }
          }
        }),
        numRuns(30),
      );
    },
    TIMEOUT_MS,
  );
});

/** The later version of an hour, having checked that it has every leaf of the one before. */
function held(now: RecomputedHour, before: RecomputedHour | undefined): RecomputedHour {
  expect(new Set(now.leaves).size).toBe(now.leaves.length);
  expect(now.leaves).toEqual(expect.arrayContaining([...(before?.leaves ?? [])]));
  return now;
}
