import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAliases } from '../../src/history/evidence/alias-items.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import type { Item } from '../../src/table/table.ts';
import { aKmsRecord, keyArn } from '../builders/cloud-trail-record.ts';
import type { Json } from '../oracle/json.ts';
import { comparable } from '../oracle/oracle.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { MortalTable, untilDone } from '../table/mortal-table.ts';
import { append, everyRow, expectAnswersOf, oracleOf } from './delivered-records.ts';
import { unreachedItems } from './unreached-items.ts';

type StoredItem = Omit<Item, 'body'> & { readonly body?: string };

/**
 * Stores as Keytrail wrote them when each day kept what its records say of aliases. Their sealer died when it sealed a
 * day that points an alias to another key, which later days and a job name.
 */
interface EarlierStores {
  /** All that the stores have. */
  readonly records: readonly Json[];
  /** More records of the same days. */
  readonly late: readonly Json[];
  /** By when the sealer died; `keys`: by event id, as that version answered then. */
  readonly stores: Readonly<
    Record<
      string,
      { readonly keys: readonly (readonly [string, string | null])[]; readonly items: readonly StoredItem[] }
    >
  >;
}

// Written once, by that version.
const { records, late, stores } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'store-of-format-2.json'), 'utf8'),
) as EarlierStores;

async function storeOf(items: readonly StoredItem[]): Promise<MemoryTable> {
  const table = new MemoryTable();
  for (const { body, ...item } of items) {
    await table.put({
      ...item,
      ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body, 'base64')) }),
    });
  }
  return table;
}

async function newStore(some: readonly Json[]): Promise<MemoryTable> {
  const table = new MemoryTable();
  await append(table, some, 'me');
  await sealAll(table, 'me', 'test');
  return table;
}

const rowsOf = (table: MemoryTable) => everyRow(new History(table));
const attributions = async (table: MemoryTable) =>
  (await rowsOf(table)).map(({ eventId, attribution }) => [eventId, attribution]);

describe.each(Object.entries(stores))(
  'a store of an earlier version whose sealer died %s',
  (_, { keys, items }) => {
    it('answers at first as it did', async () => {
      const rows = await rowsOf(await storeOf(items));
      expect(rows.map(({ eventId, keyArn }) => [eventId, keyArn ?? null])).toEqual(keys);
    });

    it('says what aliases mean to uses that are not sealed yet', async () => {
      // Of aliases that no job declared, only the days said something.
      const table = await storeOf(items.filter(({ pk }) => pk !== 'J#aliases' && pk !== 'N'));
      const eventID = guid('format 2', 'unsealed');
      const named = { eventID, eventTime: '2026-03-04T08:00:00Z', requestParameters: { keyId: 'alias/one' } };
      await append(table, [aKmsRecord('DescribeKey', { ...named, resources: undefined })], 'me');
      expect(await new History(table).event(eventID)).toMatchObject([{ keyArn, keyFrom: 'alias' }]);
    });

    it('is sealed to the end, by processes that die at any write', async () => {
      const expected = await newStore(records);
      for (let after = 0; after < 80; after++) {
        const table = await storeOf(items);
        const mortal = new MortalTable(table, [{ after, kind: 'last deed', dies: true, order: after }]);
        await untilDone(mortal, (alive) => sealAll(alive, 'me', 'test'));
        await untilDone(mortal, (alive) => sweep(alive));
        expect((await rowsOf(table)).map(comparable)).toEqual(oracleOf(records).rows().map(comparable));
        expect(await attributions(table), `after ${after} writes`).toEqual(await attributions(expected));
      }
    });

    it('takes more records as a new one does', async () => {
      const all = [...records, ...late];
      const expected = await newStore(all);
      for (const first of [late, late.toReversed()]) {
        const table = await storeOf(items);
        for (const record of first) {
          await append(table, [record], 'me');
          await sealAll(table, 'me', 'test');
        }
        await sweep(table);
        await expectAnswersOf(table, all);
        expect(await attributions(table)).toEqual(await attributions(expected));
        expect(await readAliases(table)).toEqual(await readAliases(expected));
        expect(await unreachedItems(table)).toEqual([]);
      }
    });
  },
);
