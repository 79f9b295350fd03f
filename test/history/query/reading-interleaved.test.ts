import { describe, expect, it } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { sweep } from '../../../src/history/seal/sweep.ts';
import type { Table } from '../../../src/table/table.ts';
import {
  aDecrypt,
  aKmsRecord,
  aReEncrypt,
  aResource,
  keyArn,
  otherKeyArn,
} from '../../builders/cloud-trail-record.ts';
import { someSchedules } from '../../fuzz-runs.ts';
import { comparable, sortGroups } from '../../oracle/oracle.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { appendToAllShards, EVERYTHING, everyRow, oracleOf } from '../delivered-records.ts';
import { interleave } from '../interleaving.ts';

const at = (day: number, hour: number) => ({
  eventTime: `2026-03-0${day}T${String(hour).padStart(2, '0')}:00:00Z`,
  eventID: guid('read meanwhile', day, hour),
});

const SEALED = [
  aDecrypt(at(1, 3)),
  aReEncrypt(at(1, 9)),
  aDecrypt({ ...at(2, 4), resources: [aResource(otherKeyArn)] }),
];
const PENDING = [
  aDecrypt(at(1, 4)),
  aKmsRecord('DisableKey', at(2, 5)),
  aDecrypt({ ...at(3, 6), errorCode: 'AccessDenied' }),
];
const ALL = [...SEALED, ...PENDING];
const oracle = oracleOf(ALL);
const KEYS = [keyArn, otherKeyArn];
const PRINCIPALS = oracle.rows().flatMap(({ principal }) => principal.id ?? []);

/** Questions whose answer is the same before the seal, after it, and at any time between. */
const QUESTIONS: readonly [string, (history: History) => Promise<unknown>, unknown][] = [
  ['rows', async (history) => (await everyRow(history)).map(comparable), oracle.rows().map(comparable)],
  [
    'rows backwards',
    async (history) => (await everyRow(history, EVERYTHING, { order: 'desc' })).map(comparable),
    oracle.rows().map(comparable).toReversed(),
  ],
  [
    'rows of keys',
    async (history) => (await everyRow(history, { ...EVERYTHING, key: KEYS })).map(comparable),
    oracle.usage({ ...EVERYTHING, key: KEYS }).map(comparable),
  ],
  [
    'rows of a principal',
    async (history) => (await everyRow(history, { ...EVERYTHING, principal: PRINCIPALS })).map(comparable),
    oracle.usage({ ...EVERYTHING, principal: PRINCIPALS }).map(comparable),
  ],
  [
    'a summary',
    async (history) =>
      sortGroups([...(await history.summary(EVERYTHING, ['key', 'hour'], { limit: 1_000 })).items]),
    sortGroups([...oracle.summary(EVERYTHING, ['key', 'hour'])]),
  ],
  [
    'an event',
    async (history) => (await history.event(at(1, 4).eventID)).map(comparable),
    oracle.event(at(1, 4).eventID).map(comparable),
  ],
  ['an event that there is not', async (history) => history.event(guid('nowhere')), []],
  ['keys', async (history) => (await history.keys({ limit: 10 })).items, oracle.keys()],
  ['principals', async (history) => (await history.principals({ limit: 10 })).items, oracle.principals()],
];

/** Others append what is there already: the day is sealed anew, and what answers show stays the same. */
const MEANWHILE: readonly [string, (table: Table) => Promise<void>][] = [
  [
    'a seal and a sweep',
    async (table) => {
      await appendToAllShards(table, ALL.slice(2), 'again');
      await sealAll(table, 'sealer', 'test');
      await sweep(table);
    },
  ],
  [
    'two seals and sweeps',
    async (table) => {
      await sealAll(table, 'sealer', 'test');
      await sweep(table);
      await appendToAllShards(table, ALL.slice(0, 4), 'again');
      await sealAll(table, 'sealer', 'test');
      await sweep(table);
    },
  ],
];

/** What the reader finds: days that wait to be sealed, or sealed ones, or such as it has read before. */
const FINDING = [
  { isSealed: false, hasAsked: false },
  { isSealed: true, hasAsked: false },
  { isSealed: true, hasAsked: true },
];

/** The reader stops after each number of requests, and the others come to their end. */
const STOPS = Array.from({ length: 24 }, (_, stop) => stop);
const SCHEDULES = someSchedules(STOPS.flatMap((stop) => FINDING.map((found) => ({ stop, ...found }))));

describe.each(MEANWHILE)('while a question is answered, %s', (_, meanwhile) => {
  it.each(QUESTIONS)('changes nothing in the answer: %s', async (_name, ask, expected) => {
    for (const { stop, isSealed, hasAsked } of SCHEDULES) {
      const table = new MemoryTable();
      await appendToAllShards(table, SEALED, 'me');
      await sealAll(table, 'me', 'test');
      await appendToAllShards(table, PENDING, 'me');
      if (isSealed) await sealAll(table, 'me', 'test');
      let answer: unknown;
      const reading = async (turns: Table) => {
        const history = new History(turns);
        if (hasAsked) await ask(history);
        answer = await ask(history);
      };
      await interleave(table, [{ after: stop, to: 1 }], [reading, meanwhile]);
      expect(answer, `stopped after ${stop}, sealed ${isSealed}, asked ${hasAsked}`).toEqual(expected);
    }
  });
});
