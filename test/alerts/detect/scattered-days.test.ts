import { expect, test } from 'vitest';
import { DEFAULT_DETECTION_SETTINGS } from '../../../src/alerts/detect/detection-settings.ts';
import { Detector } from '../../../src/alerts/detect/detector.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import type { QueryRange } from '../../../src/table/table.ts';
import { aDecrypt } from '../../builders/cloud-trail-record.ts';
import { append } from '../../history/delivered-records.ts';
import { MemoryTable } from '../../table/memory-table.ts';

const DAYS = 400;
const NOW_MS = Date.parse('2026-03-20T00:00:00Z');

/** Counts how often the items of all days are read: a view of the history begins with that. */
class CountedTable extends MemoryTable {
  views = 0;

  override async query(pk: string, range?: QueryRange) {
    if (pk === 'D') this.views++;
    return super.query(pk, range);
  }
}

test('detection over scattered days opens a view for many of them, and one where nothing is new', async () => {
  const table = new CountedTable();
  const records = Array.from({ length: DAYS }, (_, nth) =>
    aDecrypt({
      eventTime: new Date(Date.parse('2016-01-01T10:00:00Z') + nth * 9 * 86_400_000)
        .toISOString()
        .replace('.000', ''),
      eventID: `00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`,
    }),
  );
  await append(table, records, 'me');
  await sealAll(table, 'me', 'test');
  const run = async (by: string) => {
    table.views = 0;
    const settings = DEFAULT_DETECTION_SETTINGS;
    const result = await new Detector(table).run({ by, now: () => NOW_MS, settings });
    return { days: result?.days, views: table.views };
  };
  const first = await run('first');
  expect(first.days).toBe(DAYS);
  expect(first.views).toBeLessThan(10);
  expect(await run('second')).toEqual({ days: 0, views: 1 });
});
