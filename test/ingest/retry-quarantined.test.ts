import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import {
  putInQuarantine,
  type QuarantinedItem,
  quarantinedItems,
  quarantineEntry,
} from '../../src/ingest/quarantine.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { retryQuarantined } from '../../src/ingest/retry-quarantined.ts';
import type { LargeBytes } from '../../src/s3/large-bytes.ts';
import type { Table } from '../../src/table/table.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { everyRow } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { MortalTable, untilDone } from '../table/mortal-table.ts';

let table = new MemoryTable();
const kept = new Map<string, Uint8Array>();
const large: LargeBytes = {
  keep: async (name, bytes) => void kept.set(name, bytes),
  read: async (name) => kept.get(name),
  drop: async (name) => void kept.delete(name),
};
beforeEach(() => {
  table = new MemoryTable();
  kept.clear();
});

const understood = (padding = '') => JSON.stringify({ ...aDecrypt({ eventID: randomUUID() }), padding });
const refused = () => JSON.stringify(aDecrypt({ eventTime: 'never' }));

/** As if a forerunner of this version had not understood them. */
async function quarantine(texts: readonly string[], isKms = true): Promise<void> {
  const entries = texts.map((text, index) =>
    quarantineEntry(`log#${index}`, 'not-json', 'Once.', Buffer.from(text), index, isKms),
  );
  await putInQuarantine(table, entries, large.keep);
}

async function listed(): Promise<QuarantinedItem[]> {
  const items: QuarantinedItem[] = [];
  for await (const item of quarantinedItems(table)) items.push(item);
  return items;
}

const retry = (alive: Table = table, ids?: ReadonlySet<string>) =>
  retryQuarantined(alive, large, new RecordGatherer(new Uint8Array(32), readAt), ids);

async function state(): Promise<{
  readonly rows: number;
  readonly quarantined: number;
  readonly kept: number;
}> {
  const rows = await everyRow(new History(table));
  return {
    rows: rows.length,
    quarantined: (await listed()).length,
    kept: kept.size,
  };
}

describe('what is in quarantine', () => {
  test('is in the history instead where it is understood now, and stays where it is not', async () => {
    await quarantine([understood(), refused(), '{', understood('x'.repeat(300_000))]);
    expect(await state()).toEqual({ rows: 0, quarantined: 4, kept: 1 });
    expect(await retry()).toEqual({ understood: 2, left: 2, withoutBytes: 0 });
    expect(await state()).toEqual({ rows: 2, quarantined: 2, kept: 0 });
    expect(await retry()).toEqual({ understood: 0, left: 2, withoutBytes: 0 });
  });

  test('of which no bytes were kept cannot be read again', async () => {
    await quarantine(['{"eventSource":"s3.amazonaws.com"'], false);
    expect(await retry()).toEqual({ understood: 0, left: 0, withoutBytes: 1 });
  });

  test('is read again by its id', async () => {
    await quarantine([understood(), understood()]);
    const [first] = await listed();
    expect(await retry(table, new Set([first?.id ?? '']))).toMatchObject({ understood: 1, left: 0 });
    expect(await state()).toMatchObject({ rows: 1, quarantined: 1 });
  });

  test('is listed whole, however much there is', async () => {
    await quarantine(Array.from({ length: 205 }, refused));
    const ids = (await listed()).map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([205, 205]);
  });

  test.each(['refused', 'lost answer', 'last deed'] as const)('is lost by no %s write', async (kind) => {
    for (let after = 0; after < 12; after++) {
      table = new MemoryTable();
      await quarantine(Array.from({ length: 4 }, () => understood()));
      const mortal = new MortalTable(table, [{ after, kind, dies: true, order: 1 }]);
      await untilDone(mortal, (alive) => retry(alive));
      expect(await state()).toMatchObject({ rows: 4, quarantined: 0 });
    }
  });
});
