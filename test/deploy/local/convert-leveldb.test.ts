import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { convertLevelDb } from '../../../deploy/local/convert-leveldb.ts';
import { createTable } from '../../../deploy/local/create-table.ts';
import { openEmbeddedStore } from '../../../src/embedded/embedded-store.ts';
import { DynamoDbTable } from '../../../src/table/dynamodb-table.ts';
import type { Item } from '../../../src/table/table.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytrail-convert-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A data folder as the first embedded store left it: dynalite's items in a LevelDB. */
async function earlierFolder(items: readonly Item[]): Promise<void> {
  const server = dynalite({ path: join(folder, 'table'), createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  await createTable(client, 'keytrail');
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName: 'keytrail' });
  const table = new DynamoDbTable({ client, tableName: 'keytrail', sleep: async () => {} });
  await table.write(items);
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const items: Item[] = [
  ...Array.from({ length: 700 }, (_, number) => ({
    pk: `p${number % 7}`,
    sk: String(number).padStart(4, '0'),
    body: Uint8Array.from({ length: 300 }, (_, index) => (index * number) & 255),
  })),
  { pk: 'D', sk: '2026-03-01', version: 3, fields: { text: 'héllo\u0000\n"', empty: '', count: 1.5e21 } },
  { pk: 'D', sk: '鍵 🔑', body: new Uint8Array() },
];

describe('a data folder of the first format', () => {
  it('is converted whole, and its LevelDB stays', async () => {
    await earlierFolder(items);
    await expect(openEmbeddedStore(folder, { mode: 'create' })).rejects.toMatchObject({
      code: 'data-folder',
    });
    const before = readdirSync(join(folder, 'table')).sort();
    expect(await convertLevelDb(folder)).toBe(items.length);
    expect(readdirSync(join(folder, 'table')).sort()).toEqual(before);
    const store = await openEmbeddedStore(folder, { mode: 'read' });
    for (const item of items) expect(plain(await store.table.get(item))).toEqual(plain(item));
    expect(await store.table.query('p3')).toHaveLength(100);
    await store.close();
  });

  it('is converted once', async () => {
    await earlierFolder(items.slice(-2));
    await convertLevelDb(folder);
    await expect(convertLevelDb(folder)).rejects.toThrow('converted already');
  });

  it('that has no LevelDB is said to have none, and nothing is made', async () => {
    await expect(convertLevelDb(folder)).rejects.toThrow('nothing to convert');
    expect(existsSync(join(folder, 'history.sqlite'))).toBe(false);
  });
});

function plain(item: Item | undefined): object | undefined {
  return item && { ...item, ...(item.body === undefined ? {} : { body: [...item.body] }) };
}
