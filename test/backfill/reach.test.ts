import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  askedFor,
  beginning,
  EVENT_HISTORY_MS,
  isRead,
  isSettled,
  mayBeTooOld,
  nextSpan,
  type Reach,
  readDownTo,
  readThrough,
  SETTLING_MS,
  withoutTooOld,
} from '../../src/backfill/reach.ts';
import { DAY_MS, HOUR_MS } from '../../src/utc-time.ts';

const NOW_MS = Date.parse('2026-03-10T00:00:00Z');
const FROM_MS = NOW_MS - 10 * DAY_MS;
const MINUTE_MS = 60_000;

describe('what is asked next', () => {
  const reach = beginning(FROM_MS, NOW_MS + DAY_MS);
  const old = beginning(NOW_MS - EVENT_HISTORY_MS - DAY_MS, NOW_MS);
  const oldestMs = NOW_MS - EVENT_HISTORY_MS + 5 * MINUTE_MS;
  const settledMs = NOW_MS - SETTLING_MS;
  test.each<[string, Reach, { startMs: number; endMs: number } | undefined]>([
    ['a slice', reach, { startMs: FROM_MS, endMs: FROM_MS + HOUR_MS }],
    [
      'what is left of a slice',
      { ...reach, begun: { endMs: FROM_MS + HOUR_MS, leftMs: FROM_MS + 5_000 } },
      { startMs: FROM_MS, endMs: FROM_MS + 5_000 },
    ],
    [
      'no more than has settled',
      { ...reach, readMs: settledMs - 1_000 },
      { startMs: settledMs - 1_000, endMs: settledMs },
    ],
    ['then what has not', { ...reach, readMs: settledMs }, { startMs: settledMs, endMs: NOW_MS }],
    ['nothing that has not happened', { ...reach, readMs: NOW_MS }, undefined],
    ['nothing once all is read', { ...reach, readMs: reach.toMs }, undefined],
    ['all that is too old', old, { startMs: old.fromMs, endMs: oldestMs }],
  ])('%s', (_, from, span) => {
    expect(nextSpan(from, NOW_MS, NOW_MS)).toEqual(span);
  });
});

test('a window is asked for in whole seconds', () => {
  expect(beginning(FROM_MS + 1, FROM_MS + 1_001)).toMatchObject({ fromMs: FROM_MS, toMs: FROM_MS + 2_000 });
});

describe('the length of the next slice', () => {
  const reach = { ...beginning(FROM_MS, NOW_MS), sliceMs: HOUR_MS };
  const span = { startMs: FROM_MS, endMs: FROM_MS + HOUR_MS };
  test.each([
    [1, 4 * HOUR_MS],
    [10, 2 * HOUR_MS],
    [20, HOUR_MS],
    [40, HOUR_MS / 2],
    [100_000, MINUTE_MS],
  ])('after %i pages of an hour', (pages, sliceMs) => {
    expect(readThrough(reach, span, pages).sliceMs).toBe(sliceMs);
  });
});

describe('what LookupEvents refuses as too old', () => {
  const reach = beginning(NOW_MS - EVENT_HISTORY_MS - DAY_MS, NOW_MS);
  const oldestMs = NOW_MS - EVENT_HISTORY_MS + 5 * MINUTE_MS;
  test('is passed over and reported', () => {
    const span = { startMs: reach.fromMs, endMs: oldestMs };
    expect(mayBeTooOld(span, NOW_MS)).toBe(true);
    const { readMs, unreadMs } = withoutTooOld(reach, span, NOW_MS);
    expect([readMs, unreadMs]).toEqual([oldestMs, oldestMs]);
  });

  test('leaves of a slice what is not too old', () => {
    const begun = { endMs: oldestMs + HOUR_MS, leftMs: oldestMs + MINUTE_MS };
    const left = withoutTooOld({ ...reach, begun }, { startMs: reach.fromMs, endMs: begun.leftMs }, NOW_MS);
    expect(left).toMatchObject({ readMs: oldestMs, begun, unreadMs: oldestMs });
  });

  test('ends a slice of which nothing else is left', () => {
    const begun = { endMs: oldestMs + HOUR_MS, leftMs: oldestMs - MINUTE_MS };
    const left = withoutTooOld({ ...reach, begun }, { startMs: reach.fromMs, endMs: begun.leftMs }, NOW_MS);
    expect(left).toMatchObject({ readMs: begun.endMs, unreadMs: begun.leftMs });
    expect(left.begun).toBeUndefined();
  });
});

/** What happens to a span: so many pages of it are read, the last down to a share of it, and it may end there. */
const aStep = fc.record({
  pages: fc.integer({ min: 1, max: 200 }),
  downTo: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  isCutOff: fc.boolean(),
  laterMs: fc.nat(HOUR_MS),
  isRefused: fc.boolean(),
});

test('every second of a window is read, or reported as too old, and nothing unsettled is passed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -100 * 86_400, max: 600 }),
      fc.integer({ min: 1, max: 30 * 86_400 }),
      fc.array(aStep, { minLength: 1, maxLength: 60 }),
      (fromSeconds, seconds, steps) => {
        const fromMs = NOW_MS + fromSeconds * 1_000;
        let reach = beginning(fromMs, fromMs + seconds * 1_000);
        let nowMs = NOW_MS;
        const read: { startMs: number; endMs: number }[] = [];
        for (const step of steps) {
          const span = nextSpan(reach, nowMs, nowMs);
          if (span === undefined || !isSettled(span, nowMs)) break;
          expect(span.startMs).toBeLessThan(span.endMs);
          reach = askedFor(reach, span, nowMs);
          if (step.isRefused && mayBeTooOld(span, nowMs)) {
            reach = withoutTooOld(reach, span, nowMs);
          } else if (step.isCutOff) {
            const downMs = span.startMs + (step.downTo ?? 1) * (span.endMs - span.startMs);
            reach = readDownTo(reach, span, downMs);
            if (reach.begun !== undefined) read.push({ startMs: reach.begun.leftMs, endMs: span.endMs });
          } else {
            reach = readThrough(reach, span, step.pages);
            read.push(span);
          }
          nowMs += step.laterMs;
          // All that is behind it is in some span that was read through, or was too old.
          const places = read.toSorted((a, b) => a.startMs - b.startMs);
          let coveredMs = Math.max(reach.fromMs, reach.unreadMs ?? 0);
          for (const { startMs, endMs } of places) {
            if (startMs <= coveredMs) coveredMs = Math.max(coveredMs, endMs);
          }
          expect(coveredMs).toBeGreaterThanOrEqual(Math.min(reach.readMs, reach.toMs));
        }
        if (isRead(reach)) expect(reach.toMs).toBeLessThanOrEqual(nowMs);
      },
    ),
  );
});
