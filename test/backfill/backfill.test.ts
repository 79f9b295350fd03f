import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventTimeMs } from '../../src/cloudtrail/event-time.ts';
import { HOUR_MS } from '../../src/utc-time.ts';
import { account, aDecrypt } from '../builders/cloud-trail-record.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { unreachedItems } from '../history/unreached-items.ts';
import { aRecordSet } from '../oracle/arbitrary-records.ts';
import { guid } from '../oracle/universe.ts';
import { aPlantedFault, MortalTable, untilDone } from '../table/mortal-table.ts';
import {
  answersAfter,
  answersOf,
  aTable,
  backfilled,
  checkpointsOf,
  DyingTable,
  MINUTE_MS,
  NOW_MS,
  recordsAt,
  SleptClock,
  START_MS,
} from './backfilled.ts';
import { LookupEventsServer } from './lookup-events-server.ts';

let cloudTrail: LookupEventsServer;
beforeAll(async () => {
  cloudTrail = await LookupEventsServer.listening();
  Object.assign(process.env, cloudTrail.environment);
});
afterAll(() => cloudTrail.close());

const window = { fromMs: START_MS, toMs: START_MS + 4 * HOUR_MS };
/** Quiet, busy, and a second with more events than a page. */
const records = recordsAt([
  { atMs: START_MS, count: 3 },
  { atMs: START_MS + 10 * MINUTE_MS, count: 130 },
  ...Array.from({ length: 90 }, (_, index) => ({ atMs: START_MS + (60 + index) * MINUTE_MS, count: 4 })),
  { atMs: window.toMs - 1_000, count: 2 },
]);
const outside = recordsAt([
  { atMs: START_MS - 1_000, count: 5 },
  { atMs: window.toMs, count: 5 },
]);
let expected: Awaited<ReturnType<typeof answersAfter>>;
let clock: SleptClock;
beforeAll(async () => {
  expected = await answersAfter(records);
});
beforeEach(() => {
  clock = new SleptClock();
  cloudTrail.reset([...records, ...outside]);
  cloudTrail.now = clock.now;
});

describe('a backfill', () => {
  test('gives the history of the same records imported, of its window alone', async () => {
    const table = aTable();
    const result = await backfilled(table, window, { clock });
    expect(result).toMatchObject({
      events: records.length,
      isComplete: true,
      remarks: [],
      quarantinedCount: 0,
    });
    expect(result.kmsEvents + result.jobEvents).toBe(records.length);
    expect(await answersOf(table)).toEqual(expected);
    expect(await unreachedItems(table)).toEqual([]);
  });

  test('asks no more than twice in any second, and is never throttled', async () => {
    const { requests } = await backfilled(aTable(), window, { clock });
    expect(cloudTrail.throttled).toBe(0);
    expect(cloudTrail.requests).toHaveLength(requests);
    const times = cloudTrail.requests.map(({ atMs }) => atMs);
    expect(times.filter((atMs, index) => atMs - (times[index - 2] ?? 0) < 1_000)).toEqual([]);
  });

  test('once done is done, unless it is asked for again from the start', async () => {
    const table = aTable();
    await backfilled(table, window, { clock });
    const second = await backfilled(table, window, { clock });
    // To learn whose events they are.
    expect(second).toMatchObject({ events: 0, requests: 1, isComplete: true, wasReadBefore: true });
    const third = await backfilled(table, window, { clock, isAgain: true });
    expect(third).toMatchObject({ events: records.length, isComplete: true, wasReadBefore: false });
    expect(await answersOf(table)).toEqual(expected);
  });

  test('goes on where it was, after a process died at any request', async () => {
    const { requests: all } = await backfilled(aTable(), window, { clock });
    for (const moment of ['before', 'after'] as const) {
      for (let last = 1; last <= all; last++) {
        const table = aTable();
        const mortal = new DyingTable(table);
        cloudTrail.reset(records);
        cloudTrail.now = clock.now;
        cloudTrail.fault = ({ number }) => {
          if (number === (moment === 'before' ? last : last + 1)) mortal.isDead = true;
          return undefined;
        };
        const died = await backfilled(mortal, window, { clock }).catch(() => 'died');
        if (moment === 'before') expect(died).toBe('died');
        cloudTrail.fault = () => undefined;
        const result = await backfilled(table, window, { clock });
        expect(result.isComplete).toBe(true);
        expect(await answersOf(table), `${moment} request ${last}`).toEqual(expected);
      }
    }
  });

  test('reads nothing again of the slices that were durable', async () => {
    const table = aTable();
    const mortal = new DyingTable(table);
    cloudTrail.fault = ({ source, startMs = 0 }) => {
      mortal.isDead = source === 'kms.amazonaws.com' && startMs > START_MS;
      return undefined;
    };
    await expect(backfilled(mortal, window, { clock })).rejects.toThrow('the process is dead');
    cloudTrail.requests.splice(0);
    cloudTrail.fault = () => undefined;
    await backfilled(table, window, { clock });
    // The first slice is an hour; SageMaker was read before.
    const asked = cloudTrail.requests.filter(({ startMs }) => startMs !== undefined);
    expect(asked.every(({ source, startMs = 0 }) => source.startsWith('kms') && startMs > START_MS)).toBe(
      true,
    );
  });

  test('stops in a slice when the time is up, and goes on inside it', async () => {
    const table = aTable();
    let result = await backfilled(table, window, { clock, isTimeUp: () => false });
    const untouched = result.requests;
    const other = aTable();
    let asked = 0;
    let turns = 0;
    while (!result.isComplete || turns === 0) {
      turns += 1;
      let left = 6;
      result = await backfilled(other, window, { clock, isTimeUp: () => left-- <= 0 });
      asked += result.requests;
      expect(turns).toBeLessThan(20);
    }
    expect(turns).toBeGreaterThan(2);
    // One each time for whose events they are, and one for the second that was left in the middle.
    expect(asked).toBeLessThanOrEqual(untouched + 2 * turns);
    expect(await answersOf(other)).toEqual(expected);
  });

  test.each([
    { kind: 'refused', code: 'ThrottlingException' },
    { kind: 'refused', code: 'InternalError', status: 500 },
    { kind: 'refused', code: 'ServiceUnavailable', status: 503 },
    { kind: 'broken' },
  ] as const)('asks again after $kind $code', async (fault) => {
    const seen = new Set<string>();
    cloudTrail.fault = ({ number, source, startMs, token }) => {
      const name = [source, startMs, token].join();
      const isFirst = number > 1 && !seen.has(name);
      seen.add(name);
      return isFirst ? fault : undefined;
    };
    const table = aTable();
    expect(await backfilled(table, window, { clock })).toMatchObject({ isComplete: true });
    expect(await answersOf(table)).toEqual(expected);
  });

  test('keeps what had come when an error ends it, and goes on from there', async () => {
    const table = aTable();
    cloudTrail.fault = ({ source, token }) =>
      source.startsWith('kms') && token !== undefined
        ? { kind: 'refused', code: 'ExpiredTokenException' }
        : undefined;
    const first = await backfilled(table, window, { clock });
    expect(first).toMatchObject({ isComplete: false, failure: { code: 'lookup-failed' } });
    expect(first.kmsEvents).toBe(50);
    cloudTrail.fault = () => undefined;
    expect(await backfilled(table, window, { clock })).toMatchObject({ isComplete: true });
    expect(await answersOf(table)).toEqual(expected);
  });

  test('asks anew for the rest when a token has run out, and gives up where that gets nowhere', async () => {
    let tokens = 0;
    cloudTrail.fault = ({ token }) =>
      token !== undefined && ++tokens % 3 === 2
        ? { kind: 'refused', code: 'InvalidNextTokenException' }
        : undefined;
    const table = aTable();
    expect(await backfilled(table, window, { clock })).toMatchObject({ isComplete: true });
    expect(await answersOf(table)).toEqual(expected);
    cloudTrail.fault = ({ token }) =>
      token === undefined ? undefined : { kind: 'refused', code: 'InvalidNextTokenException' };
    expect(await backfilled(aTable(), window, { clock })).toMatchObject({
      failure: { code: 'lookup-failed' },
    });
  });

  test('loses nothing where events come in another order than is documented', async () => {
    cloudTrail.isInOrder = false;
    const table = aTable();
    for (let turns = 0; turns < 3; turns++) {
      let left = 4;
      await backfilled(table, window, { clock, isTimeUp: () => left-- <= 0 });
    }
    expect(await backfilled(table, window, { clock })).toMatchObject({ isComplete: true });
    expect(await answersOf(table)).toEqual(expected);
  });

  test('quarantines what it cannot understand, once, with its bytes', async () => {
    cloudTrail.keepEvent(START_MS, {
      EventId: 'damaged',
      EventSource: 'kms.amazonaws.com',
      CloudTrailEvent: '{"eventSource":"kms.amazonaws.com","ev',
    });
    const table = aTable();
    const result = await backfilled(table, window, { clock });
    await backfilled(table, window, { clock, isAgain: true });
    expect(result).toMatchObject({ isComplete: true, quarantinedCount: 1, quarantinedKms: 1 });
    const [entry, ...more] = [...(table.items.get('Q')?.values() ?? [])];
    expect(more).toEqual([]);
    expect(entry?.fields).toMatchObject({ source: `lookup:${account}/us-west-2/damaged`, code: 'not-json' });
    expect(JSON.parse(Buffer.from(entry?.body ?? []).toString())).toMatchObject({ EventId: 'damaged' });
    expect(await answersOf(table)).toEqual(expected);
  });
});

describe('what is too old or too young', () => {
  test.each(['refused', 'empty'] as const)('is said where CloudTrail has it %s', async (tooOld) => {
    cloudTrail.tooOld = tooOld;
    const table = aTable();
    const long = { fromMs: NOW_MS - 400 * 24 * HOUR_MS, toMs: window.toMs };
    const result = await backfilled(table, long, { clock });
    expect(result).toMatchObject({ isComplete: false, isPartlyTooOld: true, events: records.length + 5 });
    expect(result.remarks).toEqual([
      expect.stringMatching(
        /^CloudTrail keeps events for 90 days, so those before 2025-12-10T00:0\d:\d\dZ cannot/,
      ),
    ]);
    expect(result.requests).toBeLessThan(100);
    expect(await backfilled(table, long, { clock })).toMatchObject({ isComplete: false, events: 0 });
  });

  test('is read as it comes, and read again until it has settled', async () => {
    const early = recordsAt([{ atMs: NOW_MS - 20 * MINUTE_MS, count: 10 }]);
    const young = recordsAt([{ atMs: NOW_MS - 5 * MINUTE_MS, count: 10 }]);
    const late = recordsAt([{ atMs: NOW_MS - 6 * MINUTE_MS, count: 10 }]);
    const recent = { fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS };
    const table = aTable();
    cloudTrail.keep([...early, ...young]);
    const first = await backfilled(table, recent, { clock });
    expect(first).toMatchObject({ events: 20, isComplete: false });
    expect(first.remarks).toEqual([
      expect.stringMatching(
        /^Events since 2026-03-09T23:45:0\dZ may still be on their way to CloudTrail; do the same again after 2026-03-10T00:15:00Z/,
      ),
    ]);
    cloudTrail.keep([...early, ...young, ...late]);
    clock.nowMs = NOW_MS + 20 * MINUTE_MS;
    expect(await backfilled(table, recent, { clock })).toMatchObject({ isComplete: true, remarks: [] });
    expect(await answersOf(table)).toEqual(await answersAfter([...early, ...young, ...late]));
  });

  test('is a mistake where nothing of it has happened yet', async () => {
    const future = { fromMs: NOW_MS + HOUR_MS, toMs: NOW_MS + 2 * HOUR_MS };
    await expect(backfilled(aTable(), future, { clock })).rejects.toMatchObject({ code: 'bad-usage' });
    expect(cloudTrail.requests).toEqual([]);
  });
});

test('an account without events is read through and leaves no checkpoint', async () => {
  cloudTrail.keep([]);
  const table = aTable();
  expect(await backfilled(table, window, { clock })).toMatchObject({ events: 0, isComplete: true });
  expect(checkpointsOf(table)).toEqual([]);
});

test('two accounts have checkpoints of their own', async () => {
  const table = aTable();
  await backfilled(table, window, { clock });
  const [theirs] = [aDecrypt({ recipientAccountId: '999988887777', eventID: guid('theirs') })];
  cloudTrail.keep([theirs]);
  expect(await backfilled(table, window, { clock })).toMatchObject({ events: 1, wasReadBefore: false });
});

test('any records give the history they give directly, whatever writes fail and processes die', async () => {
  const days = { fromMs: Date.parse('2026-02-27T00:00:00Z'), toMs: Date.parse('2026-03-06T00:00:00Z') };
  const isLookedUp = (record: object) =>
    'eventSource' in record &&
    record.eventSource === 'kms.amazonaws.com' &&
    'eventTime' in record &&
    eventTimeMs(record.eventTime) !== undefined;
  await fc.assert(
    fc.asyncProperty(
      aRecordSet({ maxEvents: 25 }),
      fc.array(aPlantedFault({ near: 6, far: 40 }), { maxLength: 8 }),
      async (set, faults) => {
        const known = set.filter(isLookedUp);
        const own = new SleptClock();
        cloudTrail.reset(known);
        cloudTrail.now = own.now;
        const table = aTable();
        await untilDone(new MortalTable(table, faults), (alive) => backfilled(alive, days, { clock: own }));
        expect(await answersOf(table)).toEqual(await answersAfter(known));
      },
    ),
    { numRuns: fuzzRuns(12) },
  );
});
