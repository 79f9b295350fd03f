import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedStore, openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import type { Item } from '../../src/table/table.ts';
import { describeTableContract } from '../table/table-contract.ts';

const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'keytrail-store-'));

/** Two stores on one folder: the first owns the engine, the second asks it by its socket. */
async function openTwice(folder: string): Promise<{ owner: EmbeddedStore; guest: EmbeddedStore }> {
  const owner = await openEmbeddedStore(folder);
  return { owner, guest: await openEmbeddedStore(folder) };
}

describeTableContract('the embedded store, in the process that owns it', async () => {
  const folder = temporaryFolder();
  const store = await openEmbeddedStore(folder);
  return {
    table: store.table,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('the owner of an embedded store and another process', () => {
  let folder: string;
  let owner: EmbeddedStore;
  let guest: EmbeddedStore;

  beforeEach(async () => {
    folder = temporaryFolder();
    ({ owner, guest } = await openTwice(folder));
  });

  afterEach(async () => {
    await guest.close();
    await owner.close();
    rmSync(folder, { recursive: true });
  });

  const items: Item[] = [
    { pk: 'p', sk: 'a', fields: { text: 'héllo\u0000\n"', empty: '', count: 1.5e21 }, version: 3 },
    { pk: 'p', sk: 'b', body: Uint8Array.from({ length: 1_000 }, (_, index) => index & 255) },
    { pk: 'p', sk: 'b/c', body: new Uint8Array() },
    { pk: 'p', sk: '鍵 🔑' },
  ];
  const plain = (found: readonly Item[]) =>
    found.map((item) => ({ ...item, ...(item.body === undefined ? {} : { body: [...item.body] }) }));

  it('count up one item together, each time by one of them', async () => {
    const key = { pk: 'count', sk: 'x' };
    let won = 0;
    const countUp = async ({ table }: EmbeddedStore, times: number) => {
      for (let time = 0; time < times; time++) {
        const { version } = (await table.get(key)) ?? {};
        if (await table.putIf({ ...key, version: (version ?? 0) + 1 }, version)) won++;
      }
    };
    await Promise.all([countUp(owner, 150), countUp(owner, 150), countUp(guest, 100), countUp(guest, 100)]);
    expect(won).toBeGreaterThan(0);
    expect((await owner.table.get(key))?.version).toBe(won);
    expect((await guest.table.get(key))?.version).toBe(won);
  });

  it('read what the other wrote, in the same order', async () => {
    await owner.table.write(items.slice(0, 2));
    await guest.table.write(items.slice(2));
    expect(plain(await owner.table.query('p'))).toEqual(plain(items));
    expect(plain(await guest.table.query('p'))).toEqual(plain(items));
    const backwards = { from: 'b', to: 'b/c', descending: true };
    expect(plain(await owner.table.query('p', backwards))).toEqual(
      plain(await guest.table.query('p', backwards)),
    );
  });

  it('put on the condition that the other put', async () => {
    const key = { pk: 'p', sk: 'v' };
    expect(await owner.table.putIf({ ...key, version: 1 }, undefined)).toBe(true);
    expect(await guest.table.putIf({ ...key, version: 1 }, undefined)).toBe(false);
    expect(await guest.table.putIf({ ...key, version: 2, fields: { by: 'guest' } }, 1)).toBe(true);
    expect((await owner.table.get(key))?.fields).toEqual({ by: 'guest' });
  });

  it('take away what the other wrote', async () => {
    await owner.table.write(items);
    await guest.table.write([], items.slice(0, 2));
    await owner.table.write([], items.slice(2));
    expect(await guest.table.query('p')).toEqual([]);
  });

  it('refuse what DynamoDB refuses', async () => {
    const tooLarge = { pk: 'p', sk: 'a', body: new Uint8Array(410_000) };
    await expect(owner.table.put(tooLarge)).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(owner.table.write([{ pk: 'p', sk: 'x'.repeat(1_025) }])).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    expect(await owner.table.query('p')).toEqual([]);
  });
});
