import { describe, expect, test } from 'vitest';
import { CachedTable } from '../../src/table/cached-table.ts';
import { MemoryTable } from './memory-table.ts';
import { describeTableContract } from './table-contract.ts';

describeTableContract('items that are kept', async () => ({
  table: new CachedTable(new MemoryTable()),
  close: async () => {},
}));

describe('items that are kept', () => {
  test('are read once where they are written once, and again where they change', async () => {
    const memory = new MemoryTable();
    let reads = 0;
    memory.onRead = async () => {
      reads++;
    };
    const table = new CachedTable(memory);
    const chunk = { pk: 'C#2026-03-01', sk: '000001.abc', body: Buffer.from('rows') };
    const day = { pk: 'D', sk: '2026-03-01', fields: { rows: 1 } };
    await memory.write([chunk, day]);
    for (let time = 0; time < 3; time++) {
      expect(await table.getAll([chunk, chunk])).toEqual([chunk]);
      expect(await table.get(chunk)).toEqual(chunk);
    }
    expect(reads).toBe(1);
    expect(await table.get({ pk: 'C#2026-03-01', sk: 'none' })).toBeUndefined();
    await memory.put({ pk: 'C#2026-03-01', sk: 'none', body: Buffer.from('late') });
    expect(await table.get({ pk: 'C#2026-03-01', sk: 'none' })).toBeDefined();
    expect(await table.get(day)).toEqual(day);
    await memory.put({ ...day, fields: { rows: 2 } });
    expect(await table.get(day)).toMatchObject({ fields: { rows: 2 } });
  });
});
