import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Item, ItemKey, Table } from '../../src/table/table.ts';

export interface OpenTable {
  readonly table: Table;
  close(): Promise<void>;
}

/** Whatever promises `Table` passes these, engine by engine. The table may hold other things already. */
export function describeTableContract(name: string, openTable: () => Promise<OpenTable>): void {
  describe(`the store contract: ${name}`, () => {
    let opened: OpenTable;
    let table: Table;
    let partitionKeys = 0;
    const run = randomBytes(4).toString('hex');
    /** A partition key that nothing was put under. */
    const freshPk = () => `contract-${run}-${partitionKeys++}`;

    beforeAll(async () => {
      opened = await openTable();
      table = opened.table;
    });

    afterAll(() => opened?.close());

    describe('one item', () => {
      it('is absent until it is put', async () => {
        expect(await table.get({ pk: freshPk(), sk: 'a' })).toBeUndefined();
        expect(await table.get({ pk: freshPk(), sk: 'x'.repeat(1_025) })).toBeUndefined();
        expect(await table.get({ pk: freshPk(), sk: 'ü'.repeat(600) })).toBeUndefined();
      });

      it('is read as it was written: key, version, fields and body', async () => {
        const item = {
          pk: freshPk(),
          sk: 'a',
          version: 7,
          fields: { text: 'héllo\u0000\n"', count: 42 },
          body: Uint8Array.of(0, 1, 127, 128, 255),
        };
        await table.put(item);
        expect(plain(await table.get(item))).toEqual(plain(item));
      });

      it('needs neither version nor fields nor body', async () => {
        const item = { pk: freshPk(), sk: 'a' };
        await table.put(item);
        const stored = await table.get(item);
        expect(plain(stored)).toEqual(plain(item));
        expect(stored?.version).toBeUndefined();
        expect(stored?.body).toBeUndefined();
      });

      it('keeps every byte value of a body', async () => {
        const body = Uint8Array.from({ length: 512 }, (_, index) => index & 255);
        const item = { pk: freshPk(), sk: 'a', body };
        await table.put(item);
        expect(plain(await table.get(item))).toEqual(plain(item));
      });

      it('distinguishes an empty body from none', async () => {
        const item = { pk: freshPk(), sk: 'a', body: new Uint8Array() };
        await table.put(item);
        expect((await table.get(item))?.body?.length).toBe(0);
      });

      it('keeps a body that is a view into a larger buffer', async () => {
        const body = Uint8Array.of(9, 9, 1, 2, 3, 9).subarray(2, 5);
        const item = { pk: freshPk(), sk: 'a', body };
        await table.put(item);
        expect([...((await table.get(item))?.body ?? [])]).toEqual([1, 2, 3]);
      });

      it('holds a body of 340,000 bytes', async () => {
        const item = { pk: freshPk(), sk: 'a', body: new Uint8Array(randomBytes(340_000)) };
        await table.put(item);
        expect(plain(await table.get(item))).toEqual(plain(item));
      });

      it('keeps numbers exactly, and their type apart from that of texts', async () => {
        const fields = {
          zero: 0,
          negative: -17,
          fraction: 0.1,
          large: Number.MAX_SAFE_INTEGER,
          time: 1_767_225_600_123,
          huge: 1.5e21,
          tiny: 2.5e-9,
          digits: '42',
        };
        const item = { pk: freshPk(), sk: 'a', fields };
        await table.put(item);
        expect((await table.get(item))?.fields).toEqual(fields);
      });

      it('keeps a text that is empty', async () => {
        const item = { pk: freshPk(), sk: 'a', fields: { none: '', some: 'x' } };
        await table.put(item);
        expect((await table.get(item))?.fields).toEqual(item.fields);
      });

      it('is replaced whole by the next put', async () => {
        const key = { pk: freshPk(), sk: 'a' };
        await table.put({ ...key, version: 1, fields: { old: 1, both: 1 }, body: Uint8Array.of(1) });
        await table.put({ ...key, fields: { both: 2 } });
        expect(plain(await table.get(key))).toEqual(plain({ ...key, fields: { both: 2 } }));
      });

      it('may have any text as its key', async () => {
        const pk = freshPk();
        const keys: ItemKey[] = [
          'ключ',
          '鍵 🔑',
          'a|b#c.d~',
          'e\u0301',
          '\u00e9',
          "'; --",
          '{"json": true}',
          'line\nbreak',
          'tab\tnul\u0000end',
          '\u2028',
          'x'.repeat(1_000),
        ].map((sk) => ({ pk: `${pk} 鍵`, sk }));
        await table.write(keys.map((key, number) => ({ ...key, fields: { number } })));
        for (const [number, key] of keys.entries()) {
          expect(plain(await table.get(key))).toEqual(plain({ ...key, fields: { number } }));
        }
        expect(await table.query(`${pk} 鍵`)).toHaveLength(keys.length);
      });
    });

    describe('a conditional put', () => {
      it('of a first version succeeds where there is nothing, and only once', async () => {
        const key = { pk: freshPk(), sk: 'a' };
        expect(await table.putIf({ ...key, version: 1, fields: { by: 'one' } }, undefined)).toBe(true);
        expect(await table.putIf({ ...key, version: 1, fields: { by: 'two' } }, undefined)).toBe(false);
        expect((await table.get(key))?.fields).toEqual({ by: 'one' });
      });

      it('succeeds on the version that is stored and on no other', async () => {
        const key = { pk: freshPk(), sk: 'a' };
        await table.putIf({ ...key, version: 1 }, undefined);
        expect(await table.putIf({ ...key, version: 3 }, 2)).toBe(false);
        expect(await table.putIf({ ...key, version: 2 }, 1)).toBe(true);
        expect(await table.putIf({ ...key, version: 2 }, 1)).toBe(false);
        expect(await table.putIf({ ...key, version: 10 }, 2)).toBe(true);
        expect((await table.get(key))?.version).toBe(10);
      });

      it('on a version fails where there is nothing, and puts nothing', async () => {
        const key = { pk: freshPk(), sk: 'a' };
        expect(await table.putIf({ ...key, version: 2 }, 1)).toBe(false);
        expect(await table.get(key)).toBeUndefined();
      });

      it('takes an item without a version for something that is there', async () => {
        const key = { pk: freshPk(), sk: 'a' };
        await table.put({ ...key, fields: { here: 1 } });
        expect(await table.putIf({ ...key, version: 1 }, undefined)).toBe(false);
        expect(await table.putIf({ ...key, version: 1 }, 0)).toBe(false);
        expect((await table.get(key))?.fields).toEqual({ here: 1 });
      });

      it('goes by the item and not by its partition', async () => {
        const pk = freshPk();
        expect(await table.putIf({ pk, sk: 'a', version: 1 }, undefined)).toBe(true);
        expect(await table.putIf({ pk, sk: 'b', version: 1 }, undefined)).toBe(true);
      });

      it.each([
        ['of a first version', undefined],
        ['on one version', 5],
      ])('%s is won by exactly one of many at once', async (_, expected) => {
        const key = { pk: freshPk(), sk: 'a' };
        if (expected !== undefined) await table.put({ ...key, version: expected });
        const racers = Array.from({ length: 24 }, (_, racer) => racer);
        const version = (expected ?? 0) + 1;
        const won = await Promise.all(
          racers.map((racer) => table.putIf({ ...key, version, fields: { racer } }, expected)),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await table.get(key))?.fields).toEqual({ racer: won.indexOf(true) });
      });

      it('is won by exactly one of many that put the very same', async () => {
        const item = { pk: freshPk(), sk: 'a', version: 1, fields: { same: 'for all' } };
        const won = await Promise.all(Array.from({ length: 24 }, () => table.putIf(item, undefined)));
        expect(won.filter(Boolean)).toHaveLength(1);
      });

      it('loses no increment of many that try until they win', async () => {
        const key = { pk: freshPk(), sk: 'a' };
        const increment = async () => {
          for (;;) {
            const stored = await table.get(key);
            const count = Number(stored?.fields?.['count'] ?? 0) + 1;
            const next = { ...key, version: (stored?.version ?? 0) + 1, fields: { count } };
            if (await table.putIf(next, stored?.version)) return;
          }
        };
        await Promise.all(Array.from({ length: 8 }, increment));
        expect((await table.get(key))?.fields).toEqual({ count: 8 });
      });
    });

    describe('a query', () => {
      // In UTF-16 units the emoji would come before the full-width letter; in UTF-8 bytes it comes after.
      const inOrder = [
        '',
        ' ',
        '!',
        '0',
        '00',
        '1',
        'A',
        'Z',
        '_',
        'a',
        'aa',
        'b',
        '|',
        '~',
        'é',
        'ﬀ',
        'Ａ',
        '🔑',
      ];
      const sortKeys = inOrder.slice(1);
      let pk: string;

      beforeAll(async () => {
        pk = freshPk();
        await table.write([...sortKeys].reverse().map((sk, number) => ({ pk, sk, fields: { number } })));
        await table.write([{ pk: `${pk}0`, sk: 'a' }]);
      });

      const ask = async (range?: Parameters<Table['query']>[1]) =>
        (await table.query(pk, range)).map((item) => item.sk);

      it('answers a partition in the order of the UTF-8 bytes of its sort keys', async () => {
        expect(await ask()).toEqual(sortKeys);
        const bytes = sortKeys.map((sk) => Buffer.from(sk));
        expect([...bytes].sort(Buffer.compare)).toEqual(bytes);
      });

      it('answers nothing for a partition that is empty', async () => {
        expect(await table.query(freshPk())).toEqual([]);
        expect(await table.query(freshPk(), { from: 'a', to: 'b', limit: 3, descending: true })).toEqual([]);
      });

      it('has both ends in its range', async () => {
        expect(await ask({ from: 'A', to: 'b' })).toEqual(['A', 'Z', '_', 'a', 'aa', 'b']);
        expect(await ask({ from: 'a', to: 'a' })).toEqual(['a']);
        expect(await ask({ from: 'ab', to: 'ac' })).toEqual([]);
      });

      it('may leave either end open', async () => {
        expect(await ask({ from: '~' })).toEqual(['~', 'é', 'ﬀ', 'Ａ', '🔑']);
        expect(await ask({ to: '0' })).toEqual([' ', '!', '0']);
        expect(await ask({ from: '' })).toEqual(sortKeys);
        expect(await ask({ to: '' })).toEqual([]);
        expect(await ask({ from: '', to: '!' })).toEqual([' ', '!']);
      });

      it('answers nothing where the range ends before it begins', async () => {
        expect(await ask({ from: 'b', to: 'a' })).toEqual([]);
        expect(await ask({ from: '🔑', to: 'Ａ' })).toEqual([]);
      });

      it('may go downwards', async () => {
        expect(await ask({ descending: true })).toEqual([...sortKeys].reverse());
        expect(await ask({ from: 'A', to: '_', descending: true })).toEqual(['_', 'Z', 'A']);
      });

      it('stops at its limit, at whichever end it starts', async () => {
        expect(await ask({ limit: 3 })).toEqual(sortKeys.slice(0, 3));
        expect(await ask({ limit: 2, descending: true })).toEqual(['🔑', 'Ａ']);
        expect(await ask({ from: 'a', limit: 1 })).toEqual(['a']);
        expect(await ask({ limit: 1_000 })).toEqual(sortKeys);
        expect(await ask({ limit: 0 })).toEqual([]);
      });

      it('gives whole items', async () => {
        const item = {
          pk: freshPk(),
          sk: 'a',
          version: 3,
          fields: { n: 1, t: 'x' },
          body: Uint8Array.of(1, 2),
        };
        await table.put(item);
        expect((await table.query(item.pk)).map(plain)).toEqual([plain(item)]);
      });

      it('answers in whole what is larger than one answer of the engine', async () => {
        const items = bodies(freshPk(), 14, 300_000);
        await table.write(items);
        const [pk = ''] = items.map((item) => item.pk);
        expect((await table.query(pk)).map(plain)).toEqual(items.map(plain));
        const downwards = await table.query(pk, { descending: true, limit: 9 });
        expect(downwards.map((item) => item.sk)).toEqual(
          items
            .map((item) => item.sk)
            .reverse()
            .slice(0, 9),
        );
        expect(await table.query(pk, { from: '002', to: '011' })).toHaveLength(10);
      });
    });

    describe('many items', () => {
      it('are read by their keys, those that exist, each once', async () => {
        const pk = freshPk();
        await table.write([
          { pk, sk: 'a', fields: { n: 1 } },
          { pk, sk: 'b', body: Uint8Array.of(2) },
        ]);
        const keys = ['b', 'missing', 'a', 'b', 'a'].map((sk) => ({ pk, sk }));
        const items = await table.getAll(keys);
        expect(items.map(plain).sort(bySk)).toEqual(
          [
            { pk, sk: 'a', fields: { n: 1 } },
            { pk, sk: 'b', body: Uint8Array.of(2) },
          ].map(plain),
        );
        expect(await table.getAll([])).toEqual([]);
      });

      it('are distinguished by both halves of their keys', async () => {
        const pk = freshPk();
        const keys = [
          { pk, sk: 'a\nb' },
          { pk: `${pk}\na`, sk: 'b' },
        ];
        await table.write(keys);
        expect(await table.getAll(keys)).toHaveLength(2);
      });

      it('may be more than one request takes: 260 read, written and deleted', async () => {
        const pk = freshPk();
        const items = Array.from({ length: 260 }, (_, number) => ({
          pk,
          sk: String(number).padStart(3, '0'),
          fields: { number },
        }));
        await table.write(items);
        const keys = items.flatMap(({ sk }) => [
          { pk, sk },
          { pk, sk: `${sk}?` },
        ]);
        expect((await table.getAll([...keys, ...keys])).map(plain).sort(bySk)).toEqual(items.map(plain));
        await table.write([], items.slice(1));
        expect((await table.query(pk)).map(plain)).toEqual(items.slice(0, 1).map(plain));
      });

      it('may be more than 16 MB in all, written and read', async () => {
        const items = bodies(freshPk(), 60, 340_000);
        await table.write(items);
        const read = await table.getAll(items);
        expect(read.map(plain).sort(bySk)).toEqual(items.map(plain));
        await table.write([], items);
        expect(await table.getAll(items)).toEqual([]);
      });

      it('may be none', async () => {
        await table.write([]);
        await table.write([], []);
      });

      it('are put and deleted by one call', async () => {
        const pk = freshPk();
        await table.write([
          { pk, sk: 'a' },
          { pk, sk: 'b' },
        ]);
        await table.write(
          [
            { pk, sk: 'b', fields: { again: 1 } },
            { pk, sk: 'c' },
          ],
          [{ pk, sk: 'a' }],
        );
        expect((await table.query(pk)).map(plain)).toEqual(
          [
            { pk, sk: 'b', fields: { again: 1 } },
            { pk, sk: 'c' },
          ].map(plain),
        );
      });

      it('are deleted by their keys alone, and may be gone already', async () => {
        const item = { pk: freshPk(), sk: 'a', version: 2, body: Uint8Array.of(1) };
        await table.put(item);
        await table.write([], [{ pk: item.pk, sk: 'never there' }, item]);
        await table.write([], [item]);
        expect(await table.get(item)).toBeUndefined();
        expect(await table.putIf({ ...item, version: 1 }, undefined)).toBe(true);
      });

      it('are written anew without regard to their version', async () => {
        const key = { pk: freshPk(), sk: 'a' };
        await table.put({ ...key, version: 9 });
        await table.write([{ ...key, version: 2 }]);
        expect((await table.get(key))?.version).toBe(2);
      });
    });

    it('shows every write that has resolved to every read that begins after it', async () => {
      const pk = freshPk();
      for (let number = 0; number < 30; number++) {
        const key = { pk, sk: String(number).padStart(2, '0') };
        if (number % 2 === 0) await table.put({ ...key, fields: { number } });
        else await table.write([{ ...key, fields: { number } }]);
        const [got, all, asked] = await Promise.all([table.get(key), table.query(pk), table.getAll([key])]);
        expect(got?.fields).toEqual({ number });
        expect(all).toHaveLength(number + 1);
        expect(asked).toHaveLength(1);
      }
    });
  });
}

function bodies(pk: string, count: number, bytes: number): Item[] {
  return Array.from({ length: count }, (_, number) => ({
    pk,
    sk: String(number).padStart(3, '0'),
    body: new Uint8Array(randomBytes(bytes)),
  }));
}

/** An item as it is compared: bodies as text, which a difference in a long one can be shown of. */
function plain(item: Item | undefined): object | undefined {
  if (item === undefined) return undefined;
  const { pk, sk, version, body, fields } = item;
  return {
    pk,
    sk,
    version,
    fields: fields ?? {},
    body: body === undefined ? undefined : Buffer.from(body).toString('base64'),
  };
}

function bySk(a: object | undefined, b: object | undefined): number {
  const text = (value: object | undefined) => (value !== undefined && 'sk' in value ? String(value.sk) : '');
  return text(a) < text(b) ? -1 : 1;
}
