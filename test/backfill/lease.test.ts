import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openEventLookup } from '../../src/backfill/event-lookup.ts';
import { BackfillLease } from '../../src/backfill/lease.ts';
import { backfillOnEvent } from '../../src/backfill/on-event.ts';
import { HOUR_MS } from '../../src/utc-time.ts';
import type { MemoryTable } from '../table/memory-table.ts';
import {
  answersAfter,
  answersOf,
  aTable,
  backfilled,
  checkpointsOf,
  keepLarge,
  MINUTE_MS,
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
afterEach(() => expect(cloudTrail.throttled).toBe(0));

const records = recordsAt([
  { atMs: START_MS, count: 120 },
  { atMs: START_MS + HOUR_MS, count: 120 },
]);
const WINDOW = { fromMs: START_MS, toMs: START_MS + 2 * HOUR_MS };
const ACCOUNT = '111122223333';

let clock: SleptClock;
let table: MemoryTable;
beforeEach(() => {
  clock = new SleptClock();
  table = aTable();
  cloudTrail.reset(records);
  cloudTrail.now = clock.now;
});

const by = (name: string) => ({ clock, holder: { name } });
const place = (region = process.env['AWS_REGION'] ?? '') => ({ accountId: ACCOUNT, region });
const heldBy = (name: string, at = place()) => BackfillLease.take(table, at, { name }, clock.now);

describe('a second backfill of an account and Region', () => {
  test('ends with who runs the first and until when, and forgets nothing of what it was to read', async () => {
    await heldBy('the schedule');
    const until = new Date(clock.now() + 2 * MINUTE_MS).toISOString().replace('.000Z', 'Z');
    const second = backfilled(table, WINDOW, by('me'));
    await expect(second).rejects.toMatchObject({
      code: 'backfill-running',
      message: expect.stringContaining('by the schedule, until'),
    });
    await expect(second).rejects.toThrow(until);
    expect(checkpointsOf(table).map(({ fields }) => fields?.['from'])).toEqual([
      '2026-03-01T10:00:00Z',
      '2026-03-01T10:00:00Z',
    ]);
    // Whose events they are is asked for; the events themselves are not.
    expect(cloudTrail.requests.length).toBeLessThanOrEqual(2);
  });

  test('runs once the first has ended, also where that failed', async () => {
    cloudTrail.fault = ({ number }) =>
      number > 4 ? { kind: 'refused', code: 'ExpiredTokenException' } : undefined;
    expect(await backfilled(table, WINDOW, by('first'))).toMatchObject({
      failure: { code: 'lookup-failed' },
    });
    cloudTrail.fault = () => undefined;
    expect(await backfilled(table, WINDOW, by('second'))).toMatchObject({ isComplete: true });
    expect(await answersOf(table)).toEqual(await answersAfter(records));
  });

  test('takes over from a first that has crashed, when its lease ends', async () => {
    await heldBy('the crashed');
    clock.nowMs += MINUTE_MS;
    await expect(backfilled(table, WINDOW, by('second'))).rejects.toMatchObject({ code: 'backfill-running' });
    clock.nowMs += MINUTE_MS;
    expect(await backfilled(table, WINDOW, by('second'))).toMatchObject({ isComplete: true });
  });

  test('takes over at once from one that is known to have died, and from no other', async () => {
    await heldBy('the dead');
    const isGone = (name: string) => name === 'the dead';
    const second = { clock, holder: { name: 'second', isGone } };
    expect(await backfilled(table, WINDOW, second)).toMatchObject({ isComplete: true });
    await heldBy('the living');
    await expect(backfilled(table, WINDOW, second)).rejects.toMatchObject({ code: 'backfill-running' });
  });

  test('of another account or Region does not wait', async () => {
    await heldBy('the schedule', place('eu-west-1'));
    await heldBy('the schedule', { ...place(), accountId: '444455556666' });
    expect(await backfilled(table, WINDOW, by('me'))).toMatchObject({ isComplete: true });
  });
});

describe('a backfill', () => {
  test('holds its lease for as long as it runs', async () => {
    const others: unknown[] = [];
    cloudTrail.fault = async ({ number }) => {
      clock.nowMs += 50_000;
      // The first ones ask whose events they are, for a lease is an account's.
      if (number > 2) others.push(await heldBy('another').catch((error: unknown) => error));
      return undefined;
    };
    expect(await backfilled(table, WINDOW, by('me'))).toMatchObject({ isComplete: true });
    expect(others.length).toBeGreaterThan(4);
    for (const other of others) expect(other).toMatchObject({ code: 'backfill-running' });
    await expect(heldBy('another')).resolves.toBeDefined();
  });

  test('that was away for too long ends when another has taken over, and keeps what it had', async () => {
    let other: BackfillLease | undefined;
    cloudTrail.fault = async ({ number }) => {
      if (number !== 4) return undefined;
      clock.nowMs += 5 * MINUTE_MS;
      other = await heldBy('another');
      return undefined;
    };
    const result = await backfilled(table, WINDOW, by('me'));
    expect(result).toMatchObject({ isComplete: false, failure: { code: 'backfill-running' } });
    // The answer to what it had asked before is not thrown away; nothing is asked after.
    expect(cloudTrail.requests).toHaveLength(4);
    expect(result.events).toBeGreaterThan(0);
    // It does not release what is another's.
    await expect(heldBy('a third')).rejects.toMatchObject({ code: 'backfill-running' });
    await other?.release();
    cloudTrail.fault = () => undefined;
    expect(await backfilled(table, WINDOW, by('a third'))).toMatchObject({ isComplete: true });
    expect(await answersOf(table)).toEqual(await answersAfter(records));
  });

  test('that was away for too long goes on where nobody else came', async () => {
    cloudTrail.fault = ({ number }) => {
      if (number === 4) clock.nowMs += 5 * MINUTE_MS;
      return undefined;
    };
    expect(await backfilled(table, WINDOW, by('me'))).toMatchObject({ isComplete: true });
  });
});

describe('a function that meets another run', () => {
  async function onEvent(event: unknown) {
    const lookup = await openEventLookup();
    const { now, sleep } = clock;
    clock.nowMs += 1_000;
    try {
      return await backfillOnEvent(event, { table, keepLarge, lookup, holder: { name: 'me' }, now, sleep });
    } finally {
      lookup.close();
    }
  }

  test('has not failed, and its schedule goes on with what it was asked for', async () => {
    const lease = await heldBy('somebody by hand');
    const answer = await onEvent({ from: '2026-03-01T10:00:00Z', to: '2026-03-01T12:00:00Z' });
    expect(answer).toMatchObject({
      isComplete: false,
      events: 0,
      remarks: [expect.stringContaining('somebody by hand')],
    });
    await lease.release();
    expect(await onEvent({ 'detail-type': 'Scheduled Event' })).toMatchObject({
      isComplete: true,
      events: 240,
    });
    expect(await answersOf(table)).toEqual(await answersAfter(records));
  });
});
