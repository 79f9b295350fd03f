import { describe, expect, test } from 'vitest';
import { firstKeptDay, retentionMonthsOf } from '../../src/retention/retention-months.ts';

describe('the setting', () => {
  test.each([
    [undefined, 13],
    ['', 13],
    ['13', 13],
    ['25', 25],
    ['forever', undefined],
  ])('%j is %j months', (text, months) => {
    expect(retentionMonthsOf(text)).toBe(months);
  });

  test.each(['12', '0', '-13', '13.5', '1e2', '99999', 'never', ' 13'])('%j is refused by name', (text) => {
    expect(() => retentionMonthsOf(text)).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: expect.stringContaining('KEYTRAIL_RETENTION_MONTHS'),
      }),
    );
  });
});

describe('the first day that is kept', () => {
  test.each([
    ['2026-02-10T00:00:00.000Z', 13, '2025-01-10'],
    ['2026-02-10T23:59:59.999Z', 13, '2025-01-10'],
    ['2026-01-31T12:00:00.000Z', 13, '2024-12-31'],
    // No month is cut short for the day it has not: what would be 30 February is its last day.
    ['2026-03-30T12:00:00.000Z', 13, '2025-02-28'],
    ['2025-03-31T12:00:00.000Z', 13, '2024-02-29'],
    ['2026-02-10T00:00:00.000Z', 120, '2016-02-10'],
  ])('at %s with %i months is %s', (now, months, day) => {
    expect(firstKeptDay(Date.parse(now), months)).toBe(day);
  });
});
