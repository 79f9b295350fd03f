import { expect, it } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { sealAll, sealDay } from '../../src/history/seal/seal-day.ts';
import type { Table } from '../../src/table/table.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { appendToAllShards, everyRow } from './delivered-records.ts';
import { interleave } from './interleaving.ts';

it('a batch delivered again while a sealer and a reader are at work hides no row', async () => {
  const wrong: string[] = [];
  for (let k = 1; k < 6; k++) {
    for (let m = 0; m < 6; m++) {
      for (let i = 0; i < 6; i++) {
        for (let p = 1; p < 9; p++) {
          const memory = new MemoryTable();
          await appendToAllShards(memory, [aDecrypt()], 'me', '1');
          let rows = -1;
          const switches = [
            { after: k, to: 1 },
            { after: m, to: 1 },
            { after: i, to: 1 },
            { after: p, to: 2 },
          ];
          await interleave(memory, switches, [
            (table: Table) => appendToAllShards(table, [aDecrypt()], 'me', '1'),
            async (table: Table) => {
              await sealDay(table, '2026-03-01', 'test');
            },
            async (table: Table) => {
              rows = (await everyRow(new History(table))).length;
            },
          ]);
          if (rows !== 1) wrong.push(`${k},${m},${i},${p}: ${rows}`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
}, 120_000);

it('the records of an import are counted once, whoever seals them and however late', async () => {
  const wrong: string[] = [];
  const another = aDecrypt({ eventID: 'c0ffee00-0000-4000-8000-000000000001' });
  for (let i = 0; i < 30; i += 2) {
    for (let j = 1; j < 60; j += 3) {
      const memory = new MemoryTable();
      await appendToAllShards(memory, [aDecrypt()], 'me', '1');
      await interleave(
        memory,
        [
          { after: i, to: 1 },
          { after: j, to: 1 },
        ],
        [
          async (table: Table) => {
            await sealAll(table, 'me', 'test');
          },
          async (table: Table) => {
            await appendToAllShards(table, [another], 'me', '2');
            await sealAll(table, 'other', 'test');
          },
        ],
      );
      const { fresh } = await sealAll(memory, 'me', 'test');
      if (fresh !== 2) wrong.push(`${i},${j}: ${fresh}`);
    }
  }
  expect(wrong).toEqual([]);
}, 120_000);
