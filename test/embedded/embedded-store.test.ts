import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedStore, openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import type { Item } from '../../src/table/table.ts';
import { describeTableContract } from '../table/table-contract.ts';

const DATABASE = 'history.sqlite';
const MARKER = 'history.json';

const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'keytrail-store-'));
const create = (folder: string) => openEmbeddedStore(folder, { mode: 'create' });
const read = (folder: string) => openEmbeddedStore(folder, { mode: 'read' });

describeTableContract('the embedded store', async () => {
  const folder = temporaryFolder();
  const store = await create(folder);
  return {
    table: store.table,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

/** Modes do not bind root. */
const mayWriteAnything = process.getuid === undefined || process.getuid() === 0;
if (mayWriteAnything)
  console.warn('A store that may not be written is not tried: this user may write whatever its modes say.');

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store with some items in it, closed. */
async function filled(items: readonly Item[]): Promise<void> {
  const store = await create(folder);
  await store.table.write(items);
  await store.flush();
  await store.close();
}

const items: Item[] = [
  { pk: 'p', sk: 'a', fields: { text: 'héllo\u0000\n"', empty: '', count: 1.5e21 }, version: 3 },
  { pk: 'p', sk: 'b', body: Uint8Array.from({ length: 1_000 }, (_, index) => index & 255) },
  { pk: 'p', sk: 'b/c', body: new Uint8Array() },
  { pk: 'p', sk: '鍵 🔑' },
];
const plain = (found: readonly Item[]) =>
  found.map((item) => ({ ...item, ...(item.body === undefined ? {} : { body: [...item.body] }) }));

/** Every file below a folder with its bytes. */
function contentsOf(path: string): Map<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(path, name)).toString('base64')]));
}

describe('two that have a store open', () => {
  let one: EmbeddedStore;
  let other: EmbeddedStore;

  beforeEach(async () => {
    [one, other] = [await create(folder), await create(folder)];
  });

  afterEach(async () => {
    await one.close();
    await other.close();
  });

  it('count up one item together, each time by one of them', async () => {
    const key = { pk: 'count', sk: 'x' };
    let won = 0;
    const countUp = async ({ table }: EmbeddedStore, times: number) => {
      for (let time = 0; time < times; time++) {
        const { version } = (await table.get(key)) ?? {};
        if (await table.putIf({ ...key, version: (version ?? 0) + 1 }, version)) won++;
      }
    };
    await Promise.all([countUp(one, 150), countUp(one, 150), countUp(other, 100), countUp(other, 100)]);
    expect(won).toBeGreaterThan(0);
    expect((await one.table.get(key))?.version).toBe(won);
    expect((await other.table.get(key))?.version).toBe(won);
  });

  it('read what the other wrote, in the same order', async () => {
    await one.table.write(items.slice(0, 2));
    await other.table.write(items.slice(2));
    expect(plain(await one.table.query('p'))).toEqual(plain(items));
    expect(plain(await other.table.query('p'))).toEqual(plain(items));
    const backwards = { from: 'b', to: 'b/c', descending: true };
    expect(plain(await one.table.query('p', backwards))).toEqual(
      plain(await other.table.query('p', backwards)),
    );
  });

  it('put on the condition that the other put', async () => {
    const key = { pk: 'p', sk: 'v' };
    expect(await one.table.putIf({ ...key, version: 1 }, undefined)).toBe(true);
    expect(await other.table.putIf({ ...key, version: 1 }, undefined)).toBe(false);
    expect(await other.table.putIf({ ...key, version: 2, fields: { by: 'other' } }, 1)).toBe(true);
    expect((await one.table.get(key))?.fields).toEqual({ by: 'other' });
  });

  it('take away what the other wrote', async () => {
    await one.table.write(items);
    await other.table.write([], items.slice(0, 2));
    await one.table.write([], items.slice(2));
    expect(await other.table.query('p')).toEqual([]);
  });

  it('wait for each other', async () => {
    const blocking = new DatabaseSync(join(folder, DATABASE));
    blocking.exec('BEGIN IMMEDIATE');
    const put = one.table.put({ pk: 'p', sk: 'a' });
    expect(await other.table.get({ pk: 'p', sk: 'a' })).toBeUndefined();
    blocking.exec('COMMIT');
    blocking.close();
    await put;
    expect(await other.table.get({ pk: 'p', sk: 'a' })).toEqual({ pk: 'p', sk: 'a' });
  });

  it('refuse what DynamoDB refuses', async () => {
    const tooLarge = { pk: 'p', sk: 'a', body: new Uint8Array(410_000) };
    await expect(one.table.put(tooLarge)).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(one.table.write([{ pk: 'p', sk: 'x'.repeat(1_025) }])).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    expect(await one.table.query('p')).toEqual([]);
  });
});

describe('a folder', () => {
  it.each(['read', 'change'] as const)('without a history is left as it is by who would %s', async (mode) => {
    const missing = join(folder, 'missing');
    for (const path of [missing, folder]) {
      await expect(openEmbeddedStore(path, { mode })).rejects.toMatchObject({
        code: 'no-history',
        message: expect.stringContaining(path),
      });
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of the earlier format is refused with the way to convert it, and left as it is', async () => {
    mkdirSync(join(folder, 'table'));
    writeFileSync(join(folder, 'table', 'CURRENT'), 'MANIFEST-000002\n');
    const before = contentsOf(folder);
    for (const mode of ['read', 'create'] as const) {
      await expect(openEmbeddedStore(folder, { mode })).rejects.toMatchObject({
        code: 'data-folder',
        message: expect.stringContaining('npm run convert'),
      });
    }
    expect(contentsOf(folder)).toEqual(before);
  });

  it('is opened and closed by many at once, from before there is a store in it', async () => {
    const path = join(folder, 'new');
    await Promise.all(
      Array.from({ length: 8 }, async (_, number) => {
        for (let round = 0; round < 3; round++) {
          const store = await create(path);
          await store.table.put({ pk: 'a', sk: `${number}.${round}` });
          await store.flush();
          await store.close();
        }
      }),
    );
    const store = await read(path);
    expect(await store.table.query('a')).toHaveLength(24);
    await store.close();
    expect(readdirSync(path).sort()).toEqual([MARKER, DATABASE]);
  });

  it('has nothing more in it after it was read', async () => {
    await filled(items);
    const before = contentsOf(folder);
    const store = await read(folder);
    expect(plain(await store.table.query('p'))).toEqual(plain(items));
    await expect(store.table.put({ pk: 'p', sk: 'x' })).rejects.toMatchObject({ code: 'data-folder' });
    await store.close();
    expect(contentsOf(folder)).toEqual(before);
  });

  it.skipIf(mayWriteAnything)('that may not be written is read, and refused to who would write', async () => {
    await filled(items);
    const before = contentsOf(folder);
    chmodSync(join(folder, DATABASE), 0o400);
    chmodSync(folder, 0o500);
    try {
      const store = await read(folder);
      expect(plain(await store.table.query('p'))).toEqual(plain(items));
      await store.close();
      await expect(create(folder)).rejects.toMatchObject({
        code: 'data-folder',
        message: expect.stringContaining('can be read and not written'),
      });
    } finally {
      chmodSync(folder, 0o700);
    }
    expect(contentsOf(folder)).toEqual(before);
  });

  it.skipIf(process.platform === 'win32')('is its owner’s alone, also where it was not', async () => {
    await filled(items);
    mkdirSync(join(folder, 'quarantine'));
    for (const name of ['quarantine/bytes', 'alerts.ndjson']) writeFileSync(join(folder, name), '');
    const names = ['.', 'quarantine', DATABASE, MARKER, 'quarantine/bytes', 'alerts.ndjson'];
    const modes = () => names.map((name) => statSync(join(folder, name)).mode & 0o777);
    for (const name of names) chmodSync(join(folder, name), 0o777);
    const store = await create(folder);
    expect(modes()).toEqual([0o700, 0o700, 0o600, 0o600, 0o600, 0o600]);
    await store.table.put({ pk: 'p', sk: 'x' });
    for (const name of readdirSync(folder).filter((name) => name.startsWith('history')))
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
    await store.close();
  });
});

describe('a store', () => {
  /** What opening and reading everything says, when a file of it is not as it was. */
  async function sentenceAfter(damage: () => void): Promise<{ message: string; isUnchanged: boolean }> {
    damage();
    const before = contentsOf(folder);
    const messages: string[] = [];
    for (const mode of ['read', 'create'] as const) {
      try {
        const store = await openEmbeddedStore(folder, { mode });
        try {
          await store.table.query('p');
        } finally {
          await store.close();
        }
        messages.push('');
      } catch (error) {
        expect(error).toMatchObject({ name: 'KeytrailError' });
        messages.push(error instanceof Error ? error.message : '');
      }
    }
    expect(messages[1]).toBe(messages[0]);
    const after = contentsOf(folder);
    return {
      message: messages[0] ?? '',
      isUnchanged: JSON.stringify([...after]) === JSON.stringify([...before]),
    };
  }

  const damages: readonly [string, (path: string) => void][] = [
    ['deleted', (path) => rmSync(path)],
    ['emptied', (path) => truncateSync(path)],
    ['cut in half', (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
    ['cut by a byte', (path) => truncateSync(path, statSync(path).size - 1)],
    ['cut by a page', (path) => truncateSync(path, Math.max(0, statSync(path).size - 8_192))],
    ['longer', (path) => writeFileSync(path, 'more', { flag: 'a' })],
    ['something else', (path) => writeFileSync(path, 'x'.repeat(statSync(path).size))],
  ];

  it.each([DATABASE, MARKER].flatMap((name) => damages.map(([how, damage]) => ({ name, how, damage }))))(
    'whose $name is $how says so, and is left as it is',
    async ({ name, damage }) => {
      await filled(items);
      const { message, isUnchanged } = await sentenceAfter(() => damage(join(folder, name)));
      expect(message).toContain(join(folder, name));
      expect(isUnchanged).toBe(true);
    },
  );

  it('in whose place another SQLite database is says so', async () => {
    await filled(items);
    const { message, isUnchanged } = await sentenceAfter(() => {
      rmSync(join(folder, DATABASE));
      const other = new DatabaseSync(join(folder, DATABASE));
      other.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; CREATE TABLE items (pk, sk)');
      other.close();
    });
    expect(message).toContain("not a store of Keytrail's");
    expect(isUnchanged).toBe(true);
  });

  it('that is older than what was put on the disk says so', async () => {
    await filled(items);
    const older = readFileSync(join(folder, DATABASE));
    await filled([{ pk: 'q', sk: 'a' }]);
    const { message } = await sentenceAfter(() => writeFileSync(join(folder, DATABASE), older));
    expect(message).toContain('lacks what was on the disk before');
  });
});
