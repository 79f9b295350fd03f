import { expect, test } from 'vitest';
import { DEFAULT_DETECTION_SETTINGS } from '../../../src/alerts/detect/detection-settings.ts';
import { Detector } from '../../../src/alerts/detect/detector.ts';
import { readDays } from '../../../src/history/day/day-state.ts';
import { History } from '../../../src/history/query/history.ts';
import type { QueryRange } from '../../../src/table/table.ts';
import { append, everyRow } from '../../history/delivered-records.ts';
import { usesOfObjects } from '../../history/uses-of-objects.ts';
import { MemoryTable } from '../../table/memory-table.ts';

const DAY = '2026-03-01';

const aBatch = (name: string, uses: number) => usesOfObjects(name, uses, `${DAY}T10:00:00Z`);

/** Notes which segments are read. */
class ReadTable extends MemoryTable {
  read: string[] = [];

  override async query(pk: string, range?: QueryRange) {
    if (pk.startsWith('S#')) this.read.push(pk.split('#').slice(0, 3).join('#'));
    return super.query(pk, range);
  }
}

test('the uses of a growing day are read once by a detector that checks it again and again', async () => {
  const table = new ReadTable();
  const detector = new Detector(table);
  const now = () => Date.parse(`${DAY}T12:00:00Z`);
  const run = async (by: string) => {
    table.read = [];
    await detector.run({ by, now, settings: DEFAULT_DETECTION_SETTINGS });
    return [...new Set(table.read)];
  };
  await append(table, aBatch('few', 10), 'me');
  expect(await run('1')).toEqual([`S#${DAY}#000001`]);
  expect((await readDays(table))[0]?.open).toBe(1);

  for (let number = 0; number < 20; number++) await append(table, aBatch(`many ${number}`, 400), 'me');
  expect(await run('2')).toEqual([`S#${DAY}#000001`]);
  expect((await readDays(table))[0]?.open).toBe(2);

  // What was closed by the second run is read once more, and then kept.
  await append(table, aBatch('more', 10), 'me');
  expect(await run('3')).toEqual([`S#${DAY}#000001`, `S#${DAY}#000002`]);
  await append(table, aBatch('and more', 10), 'me');
  expect(await run('4')).toEqual([`S#${DAY}#000002`]);
  expect(await everyRow(new History(table))).toHaveLength(10 + 20 * 400 + 10 + 10);
});
