import { expect, it } from 'vitest';
import { releaseLease, renewLease, takeLease } from '../../src/table/lease.ts';
import { MemoryTable } from './memory-table.ts';

const KEY = { pk: 'M', sk: 'work' };

it('is one holder’s until it ends, and then whoever’s comes first', async () => {
  const table = new MemoryTable();
  const first = await takeLease(table, KEY, 'first', 1_000, 500);
  expect(first).toMatchObject({ kind: 'taken', lease: { untilMs: 1_500 } });
  expect(await takeLease(table, KEY, 'second', 1_499, 500)).toEqual({
    kind: 'held',
    by: 'first',
    untilMs: 1_500,
  });
  const [one, other] = await Promise.all([
    takeLease(table, KEY, 'second', 1_500, 500),
    takeLease(table, KEY, 'third', 1_500, 500),
  ]);
  expect([one.kind, other.kind].sort()).toEqual(['held', 'taken']);
});

it('is lost to a holder that was away too long', async () => {
  const table = new MemoryTable();
  const first = await takeLease(table, KEY, 'first', 0, 10);
  await takeLease(table, KEY, 'second', 20, 10);
  if (first.kind !== 'taken') throw new Error('nobody held it');
  expect(await renewLease(table, first.lease, 25, 10)).toBeUndefined();
});

it('is free as soon as it is released, and not by who has lost it', async () => {
  const table = new MemoryTable();
  const first = await takeLease(table, KEY, 'first', 0, 10);
  if (first.kind !== 'taken') throw new Error('nobody held it');
  const second = await takeLease(table, KEY, 'second', 20, 10);
  await releaseLease(table, first.lease);
  expect((await takeLease(table, KEY, 'third', 25, 10)).kind).toBe('held');
  if (second.kind !== 'taken') throw new Error('nobody held it');
  await releaseLease(table, second.lease);
  expect((await takeLease(table, KEY, 'third', 26, 10)).kind).toBe('taken');
});
