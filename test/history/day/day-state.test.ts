import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { changeDay, readDay } from '../../../src/history/day/day-state.ts';
import { MAX_BODY_BYTES } from '../../../src/table/content-name.ts';
import { MemoryTable } from '../../table/memory-table.ts';

it('a day that a newer version wrote is not read', async () => {
  const table = new MemoryTable();
  await changeDay(table, '2026-03-01', (state) => ({ ...state, rows: 1 }));
  const item = await table.get({ pk: 'D', sk: '2026-03-01' });
  await table.put({ pk: 'D', sk: '2026-03-01', fields: { ...item?.fields, format: 4 } });
  await expect(readDay(table, '2026-03-01')).rejects.toThrow(/format 4.*use that version/);
});

it('a day with thousands of pending invalidations is an item that DynamoDB takes, and keeps all of them', async () => {
  const table = new MemoryTable();
  const pendingInvalidations = Array.from({ length: 8_000 }, () => ({
    alias: `111122223333/us-east-1/alias/${randomUUID()}`,
    before: [],
    isOutward: true,
  }));
  await changeDay(table, '2026-03-01', (state) => ({ ...state, pendingInvalidations }));
  const item = await table.get({ pk: 'D', sk: '2026-03-01' });
  expect(JSON.stringify(item?.fields).length + (item?.body?.length ?? 0)).toBeLessThan(MAX_BODY_BYTES);
  expect((await readDay(table, '2026-03-01')).pendingInvalidations).toEqual(pendingInvalidations);
});
