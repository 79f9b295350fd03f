import { describe, expect, test } from 'vitest';
import type { EventLookup } from '../../src/backfill/event-lookup.ts';
import { PacedLookup } from '../../src/backfill/paced-lookup.ts';
import { SleptClock } from './backfilled.ts';

const PAGE = { events: [] };

function named(name: string): Error {
  return Object.assign(new Error('So it is.'), { name });
}

/** Answers one after the other; the last of them for ever. */
function aLookup(clock: SleptClock, answers: readonly (Error | typeof PAGE)[]) {
  const times: number[] = [];
  const lookup: EventLookup = {
    region: 'us-west-2',
    async page() {
      const answer = answers[Math.min(times.length, answers.length - 1)];
      times.push(clock.nowMs);
      if (answer instanceof Error) throw answer;
      return answer ?? PAGE;
    },
    close: () => undefined,
  };
  return { lookup, times };
}

describe('requests', () => {
  test('are more than half a second apart, whatever time passes between', async () => {
    const clock = new SleptClock();
    const { lookup, times } = aLookup(clock, [PAGE]);
    const paced = new PacedLookup(lookup, clock);
    for (const passesMs of [0, 100, 519, 521, 5_000, 0, 0]) {
      await paced.ask('kms.amazonaws.com');
      clock.nowMs += passesMs;
    }
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(gaps).toEqual([520, 520, 520, 521, 5_000, 520]);
  });

  test('do not wait for a clock that was set back', async () => {
    const clock = new SleptClock();
    const paced = new PacedLookup(aLookup(clock, [PAGE]).lookup, clock);
    await paced.ask('kms.amazonaws.com');
    clock.nowMs -= 3_600_000;
    await paced.ask('kms.amazonaws.com');
    expect(clock.slept).toEqual([520]);
  });

  test('that are throttled are repeated after longer and longer pauses, and given up in the end', async () => {
    const clock = new SleptClock();
    const { lookup, times } = aLookup(clock, [named('ThrottlingException')]);
    const paced = new PacedLookup(lookup, clock);
    await expect(paced.ask('kms.amazonaws.com')).rejects.toMatchObject({ code: 'lookup-failed' });
    expect(clock.slept).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    expect([times.length, paced.requests]).toEqual([8, 8]);
  });

  test('to an endpoint that has never answered are not repeated, to one that has they are', async () => {
    const clock = new SleptClock();
    const never = aLookup(clock, [named('ECONNREFUSED')]);
    await expect(new PacedLookup(never.lookup, clock).ask('kms.amazonaws.com')).rejects.toThrow(
      'ECONNREFUSED',
    );
    expect(never.times).toHaveLength(1);
    const once = aLookup(clock, [PAGE, named('ECONNRESET'), PAGE]);
    const paced = new PacedLookup(once.lookup, clock);
    await paced.ask('kms.amazonaws.com');
    expect(await paced.ask('kms.amazonaws.com')).toEqual({ kind: 'page', page: PAGE });
    expect(once.times).toHaveLength(3);
  });

  test('are not sent when the time is up', async () => {
    const clock = new SleptClock();
    const { lookup, times } = aLookup(clock, [named('ThrottlingException')]);
    let left = 2;
    const paced = new PacedLookup(lookup, { ...clock, isTimeUp: () => left-- === 0 });
    expect(await paced.ask('kms.amazonaws.com')).toEqual({ kind: 'time-up' });
    expect(times).toHaveLength(2);
  });
});
