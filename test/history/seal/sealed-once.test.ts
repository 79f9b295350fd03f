import { expect, it } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import type { Item, QueryRange } from '../../../src/table/table.ts';
import { aDecrypt, aKmsRecord, aResource, keyArn, otherKeyArn } from '../../builders/cloud-trail-record.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append, everyRow } from '../delivered-records.ts';

/** Counts how often the segments of a day are read from their start: once each time they are sealed. */
class CountingTable extends MemoryTable {
  readings = 0;

  override query(pk: string, range?: QueryRange): Promise<Item[]> {
    if (pk.startsWith('S#') && range?.from === '!') this.readings++;
    return super.query(pk, range);
  }
}

const named = (hour: number, resources: readonly object[] | undefined) =>
  aDecrypt({
    eventTime: `2026-03-01T${String(hour).padStart(2, '0')}:00:00Z`,
    eventID: guid('sealed once', hour),
    requestParameters: { keyId: 'alias/one' },
    resources,
  });

async function sealed(records: readonly unknown[]): Promise<CountingTable> {
  const table = new CountingTable();
  await append(table, records, '');
  await sealAll(table, '', 'test');
  return table;
}

it('a day is sealed once where its own records say what its aliases mean', async () => {
  const table = await sealed([named(9, undefined), named(10, [aResource(keyArn)]), named(11, undefined)]);
  expect((await everyRow(new History(table))).map((row) => row.keyArn)).toEqual([keyArn, keyArn, keyArn]);
  expect(table.readings).toBe(1);
});

it('a slot is sealed again where a later batch changes what it depended on', async () => {
  const table = await sealed([named(9, undefined), named(10, [aResource(keyArn)]), named(20, undefined)]);
  const update = aKmsRecord('UpdateAlias', {
    eventTime: '2026-03-01T15:00:00Z',
    eventID: guid('sealed once', 15),
    requestParameters: { aliasName: 'alias/one', targetKeyId: otherKeyArn },
    resources: [aResource(otherKeyArn)],
  });
  await append(table, [update], '');
  await sealAll(table, '', 'test');
  const keys = (await everyRow(new History(table))).map((row) => row.keyArn);
  expect(keys).toEqual([keyArn, keyArn, otherKeyArn, otherKeyArn]);
});
