import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openEventLookup } from '../../src/backfill/event-lookup.ts';
import { backfillOnEvent } from '../../src/backfill/on-event.ts';
import { HOUR_MS } from '../../src/utc-time.ts';
import type { MemoryTable } from '../table/memory-table.ts';
import {
  answersAfter,
  answersOf,
  aTable,
  backfilled,
  keepLarge,
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
  { atMs: START_MS, count: 60 },
  { atMs: START_MS + HOUR_MS, count: 60 },
]);
const ASKED = { from: '2026-03-01T10:00:00Z', to: '2026-03-01T12:00:00Z' };
/** What EventBridge Scheduler and a rule's schedule send. */
const SCHEDULED = {
  source: 'aws.events',
  'detail-type': 'Scheduled Event',
  time: '2026-03-10T00:00:00Z',
  detail: {},
};

let clock: SleptClock;
beforeEach(() => {
  clock = new SleptClock();
  cloudTrail.reset(records);
  cloudTrail.now = clock.now;
});

async function onEvent(table: MemoryTable, event: unknown, mostRequests = Number.POSITIVE_INFINITY) {
  const lookup = await openEventLookup();
  let left = mostRequests;
  clock.nowMs += 1_000;
  const isTimeUp = () => left-- <= 0;
  const { now, sleep } = clock;
  try {
    return await backfillOnEvent(event, {
      table,
      keepLarge,
      lookup,
      holder: { name: 'me' },
      now,
      sleep,
      isTimeUp,
    });
  } finally {
    lookup.close();
  }
}

describe('a function', () => {
  test('reads what its event asks for', async () => {
    const table = aTable();
    const answer = await onEvent(table, ASKED);
    expect(answer).toMatchObject({ events: 120, kmsEvents: 96, jobEvents: 24, isComplete: true });
    expect(await answersOf(table)).toEqual(await answersAfter(records));
  });

  test('goes on by schedule with what is unfinished, and then has nothing to do', async () => {
    const table = aTable();
    expect(await onEvent(table, ASKED, 4)).toMatchObject({ isComplete: false });
    let last = await onEvent(table, SCHEDULED, 5);
    for (let runs = 0; !last.isComplete && runs < 10; runs++) last = await onEvent(table, SCHEDULED, 5);
    expect(last).toMatchObject({ isComplete: true });
    expect(await answersOf(table)).toEqual(await answersAfter(records));
    expect(await onEvent(table, SCHEDULED)).toMatchObject({ isComplete: true, requests: 0 });
  });

  test('leaves alone what is unfinished of another Region', async () => {
    const table = aTable();
    await backfilled(table, { fromMs: START_MS, toMs: START_MS + HOUR_MS }, { clock, isTimeUp: timeFor(2) });
    process.env['AWS_REGION'] = 'eu-west-1';
    const answer = await onEvent(table, SCHEDULED).finally(() => {
      process.env['AWS_REGION'] = 'us-west-2';
    });
    expect(answer).toMatchObject({ events: 0, isComplete: true });
  });

  test('fails where CloudTrail does, so that the failure is seen', async () => {
    cloudTrail.fault = () => ({ kind: 'refused', code: 'AccessDeniedException' });
    await expect(onEvent(aTable(), ASKED)).rejects.toMatchObject({ code: 'lookup-failed' });
  });

  test.each([
    [{ from: '2026-03-01' }, 'to must be a time'],
    [{ from: 'yesterday', to: '2026-03-01' }, 'from must be a time'],
    [{ from: 5, to: '2026-03-01' }, 'from must be a time'],
    [{ from: '2026-03-02', to: '2026-03-01' }, 'from must be before to'],
  ])('says what is wrong with %j', async (event, sentence) => {
    await expect(onEvent(aTable(), event)).rejects.toThrow(sentence);
    expect(cloudTrail.requests).toEqual([]);
  });
});

function timeFor(requests: number): () => boolean {
  let left = requests;
  return () => left-- <= 0;
}
