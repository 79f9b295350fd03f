import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventTimeMs } from '../../src/cloudtrail/event-time.ts';

const tenOClock = Date.UTC(2026, 2, 1, 10, 0, 0);

test.each([
  ['2026-03-01T10:00:00Z', tenOClock],
  ['2026-03-01T10:00:00z', tenOClock],
  ['2026-03-01T10:00:00', tenOClock],
  ['2026-03-01T10:00:00.5Z', tenOClock + 500],
  ['2026-03-01T10:00:00.123456789Z', tenOClock + 123],
  ['2026-03-01T10:00:00.9999Z', tenOClock + 999],
  ['2026-03-01 10:00:00.000000000', tenOClock],
  ['2025-03-05 21:19:44.000000000', Date.UTC(2025, 2, 5, 21, 19, 44)],
  ['2026-03-01T10:00:00+00:00', tenOClock],
  ['2026-03-01T19:00:00+09:00', tenOClock],
  ['2026-03-01T05:30:00-0430', tenOClock],
  ['20131102T010628Z', Date.UTC(2013, 10, 2, 1, 6, 28)],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2000-02-29T23:59:59Z', Date.UTC(2000, 1, 29, 23, 59, 59)],
  ['1970-01-01T00:00:00Z', 0],
  ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ['9999-12-31T23:59:59.999+00:00', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ['9999-12-31T23:59:59+23:59', Date.UTC(9999, 11, 31, 0, 0, 59)],
  ['1970-01-01T00:00:00-00:01', 60_000],
])('reads %s', (text, expected) => {
  expect(eventTimeMs(text)).toBe(expected);
});

test.each([
  '2026-02-29T10:00:00Z',
  '2100-02-29T10:00:00Z',
  '2026-04-31T10:00:00Z',
  '2026-13-01T10:00:00Z',
  '2026-00-01T10:00:00Z',
  '2026-03-00T10:00:00Z',
  '2026-03-01T24:00:00Z',
  '2026-03-01T10:60:00Z',
  '2026-03-01T23:59:60Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '2026-03-01T10:00:00+24:00',
  '2026-03-01T10:00:00-00:60',
  '2026-03-01T10:00:00+99:99',
  '2026-02-30 10:00:00.000000000',
  '2026-03-01',
  '2026-3-1T10:00:00Z',
  '2026/03/01T10:00:00Z',
  '2026-03-01T1x:00:00Z',
  '2026-03-01TT0:00:00Z',
  'Oct 26, 2025, 11:50:52 PM',
  ' 2026-03-01T10:00:00Z',
  `2026-03-01T10:00:00.${'1'.repeat(100_000)}Z`,
  '1772359200',
  'yesterday',
  '',
  1_772_359_200_000,
  null,
  undefined,
  {},
])('refuses %s', (value) => {
  expect(eventTimeMs(value)).toBeUndefined();
});

test('agrees with the calendar of Date on every second there is', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (date) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000;
        expect(eventTimeMs(new Date(seconds).toISOString().replace('.000Z', 'Z'))).toBe(seconds);
        expect(eventTimeMs(date.toISOString())).toBe(date.getTime());
      },
    ),
  );
});
