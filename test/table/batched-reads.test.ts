import { expect, it } from 'vitest';
import { BatchedReads } from '../../src/table/batched-reads.ts';
import type { ItemKey } from '../../src/table/table.ts';
import { MemoryTable } from './memory-table.ts';

const keyOf = (number: number): ItemKey => ({ pk: `P${number % 3}`, sk: `s${number}` });

async function someItems(count: number) {
  const table = new MemoryTable();
  await table.write(Array.from({ length: count }, (_, number) => keyOf(number)));
  const requests: (readonly ItemKey[])[] = [];
  const reads = new BatchedReads({
    get(key) {
      requests.push([key]);
      return table.get(key);
    },
    getAll(keys) {
      requests.push(keys);
      return table.getAll(keys);
    },
  });
  return { table, reads, requests };
}

it('reads what is asked for concurrently with one request, each item once', async () => {
  const { reads, requests } = await someItems(5);
  const askedLater = async () => {
    await Promise.resolve();
    return reads.get(keyOf(4));
  };
  const found = await Promise.all([
    reads.get(keyOf(0)),
    reads.getAll([keyOf(1), keyOf(0), keyOf(0), keyOf(7)]),
    askedLater(),
  ]);
  expect(found).toEqual([keyOf(0), [keyOf(1), keyOf(0)], keyOf(4)]);
  expect(requests).toEqual([[keyOf(0), keyOf(1), keyOf(7), keyOf(4)]]);
});

it('keeps nothing: what is asked for afterwards is read again', async () => {
  const { table, reads, requests } = await someItems(1);
  expect(await reads.get(keyOf(0))).toEqual(keyOf(0));
  await table.write([], [keyOf(0)]);
  expect(await reads.get(keyOf(0))).toBeUndefined();
  expect(requests).toEqual([[keyOf(0)], [keyOf(0)]]);
});

it('fails for everybody who asked, and goes on with the next request', async () => {
  const { table, reads } = await someItems(2);
  table.onRead = () => Promise.reject(new Error('the table is away'));
  const [one, two] = await Promise.allSettled([reads.get(keyOf(0)), reads.getAll([keyOf(1)])]);
  expect([one?.status, two?.status]).toEqual(['rejected', 'rejected']);
  table.onRead = undefined;
  expect(await reads.get(keyOf(0))).toEqual(keyOf(0));
});

it('reads nothing where nothing is asked for', async () => {
  const { reads, requests } = await someItems(1);
  expect(await reads.getAll([])).toEqual([]);
  expect(requests).toEqual([]);
});
