import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { runExpiry } from '../../src/retention/expiry-run.ts';
import type { Table } from '../../src/table/table.ts';
import { aDecrypt, aUser } from '../builders/cloud-trail-record.ts';
import { appendToAllShards, everyRow } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';

/** Thirteen months after 10 January 2025: that day is the first that is kept. */
export const NOW_MS = Date.parse('2026-02-10T06:00:00Z');
export const DAYS = ['2025-01-07', '2025-01-08', '2025-01-09', '2025-01-10', '2025-01-11'];
export const KEPT = '2025-01-10';
export const DEED = { by: 'counsel', timeMs: NOW_MS, reason: 'a case' };

let uuid = 0;
export const uses = (day: string, count: number) =>
  Array.from({ length: count }, (_, nth) =>
    aDecrypt({
      by: aUser(),
      eventTime: `${day}T${String(nth % 24).padStart(2, '0')}:10:00Z`,
      eventID: `00000000-0000-4000-8000-${String(uuid++).padStart(12, '0')}`,
    }),
  );

export const run = (table: Table, name = 'run', isTimeLeft = () => true) =>
  runExpiry(table, { run: name, by: 'test', months: 13, now: () => NOW_MS, isTimeLeft });

export async function aHistory(): Promise<MemoryTable> {
  const table = new MemoryTable();
  for (const day of DAYS) await appendToAllShards(table, uses(day, 5), 'me');
  await sealAll(table, 'me', 'test');
  await sweep(table);
  return table;
}

export const daysShown = async (table: Table) => [
  ...new Set(
    (await everyRow(new History(table), { fromMs: 0, toMs: NOW_MS })).map(({ eventTime }) =>
      eventTime.slice(0, 10),
    ),
  ),
];
