import { describe, expect, test } from 'vitest';
import { readDays } from '../../../src/history/day/day-state.ts';
import { History } from '../../../src/history/query/history.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { sweep } from '../../../src/history/seal/sweep.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append, everyRow } from '../delivered-records.ts';
import { unreachedItems } from '../unreached-items.ts';
import { usesOfObjects } from '../uses-of-objects.ts';

const DAY = '2026-03-01';
const BATCHES = 20;

const aBatch = (number: number, uses: number) => usesOfObjects(`${number}`, uses, `${DAY}T10:00:00Z`);

async function aTable(usesInBatch: number): Promise<MemoryTable> {
  const table = new MemoryTable();
  for (let number = 0; number < BATCHES; number++) await append(table, aBatch(number, usesInBatch), 'me');
  return table;
}

const segmentPks = (table: MemoryTable) =>
  [...table.items].filter(([pk, items]) => pk.startsWith('S#') && items.size > 0).map(([pk]) => pk);

describe('the segments of a generation', () => {
  test('lie under one partition key where they are small', async () => {
    const table = await aTable(10);
    expect(segmentPks(table)).toEqual([`S#${DAY}#000001`]);
  });

  test('lie in shards where they are large, and are all read, sealed and swept', async () => {
    const table = await aTable(400);
    const pks = segmentPks(table);
    expect(pks.length).toBeGreaterThan(8);
    expect(pks.length).toBeLessThanOrEqual(16);
    const uses = BATCHES * 400;
    expect(await everyRow(new History(table))).toHaveLength(uses);
    // Once more: each comes to where it was.
    for (let number = 0; number < BATCHES; number++) await append(table, aBatch(number, 400), 'me');
    expect(segmentPks(table)).toEqual(pks);
    await sealAll(table, 'me', 'test');
    expect(await readDays(table)).toMatchObject([{ rows: uses, pending: {}, shards: {} }]);
    await sweep(table);
    expect(segmentPks(table)).toEqual([]);
    expect(await unreachedItems(table)).toEqual([]);
    expect(await everyRow(new History(table))).toHaveLength(uses);
  });
});
