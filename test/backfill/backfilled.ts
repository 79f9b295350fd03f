import { type BackfillParts, type BackfillResult, backfill } from '../../src/backfill/backfill.ts';
import type { Window } from '../../src/backfill/checkpoint.ts';
import { openEventLookup } from '../../src/backfill/event-lookup.ts';
import { PacedLookup } from '../../src/backfill/paced-lookup.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { makeDurable } from '../../src/ingest/make-durable.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import type { Item, ItemKey, QueryRange, Table } from '../../src/table/table.ts';
import { aCreateGrant, aDecrypt, aReEncrypt, aRole } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { aCreateTrainingJob } from '../builders/sagemaker-record.ts';
import { EVERYTHING, everyRow } from '../history/delivered-records.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';

export const START_MS = Date.parse('2026-03-01T10:00:00Z');
export const NOW_MS = Date.parse('2026-03-10T00:00:00Z');
export const MINUTE_MS = 60_000;
const HASH_KEY = Buffer.alloc(32, 7);

/** A clock that goes on only while somebody sleeps. */
export class SleptClock {
  nowMs: number;
  slept: number[] = [];

  constructor(nowMs = NOW_MS) {
    this.nowMs = nowMs;
  }

  readonly now = () => this.nowMs;

  readonly sleep = async (milliseconds: number) => {
    this.slept.push(milliseconds);
    this.nowMs += milliseconds;
  };
}

/** A table with the key of the hashes that all tables here have. */
export function aTable(): MemoryTable {
  const table = new MemoryTable();
  table.items.set(
    'M',
    new Map([['access-key-hash', { pk: 'M', sk: 'access-key-hash', version: 1, body: HASH_KEY }]]),
  );
  return table;
}

/** A table whose process may die: nothing is read from it or written to it any more. */
export class DyingTable implements Table {
  readonly #table: Table;
  isDead = false;

  constructor(table: Table) {
    this.#table = table;
  }

  get(key: ItemKey) {
    return this.#living().get(key);
  }

  getAll(keys: readonly ItemKey[]) {
    return this.#living().getAll(keys);
  }

  query(pk: string, range?: QueryRange) {
    return this.#living().query(pk, range);
  }

  put(item: Item) {
    return this.#living().put(item);
  }

  putIf(item: Item & { readonly version: number }, expected: number | undefined) {
    return this.#living().putIf(item, expected);
  }

  write(puts: readonly Item[], deletes?: readonly ItemKey[]) {
    return this.#living().write(puts, deletes);
  }

  #living(): Table {
    if (this.isDead) throw new Error('the process is dead');
    return this.#table;
  }
}

/** KMS and SageMaker records, so many of each time. */
export function recordsAt(times: readonly { readonly atMs: number; readonly count: number }[]): object[] {
  return times.flatMap(({ atMs, count }) =>
    Array.from({ length: count }, (_, index) => {
      const eventTime = new Date(atMs).toISOString().replace('.000Z', 'Z');
      const members = { eventTime, eventID: guid(atMs, index), awsRegion: 'us-west-2', by: aRole() };
      switch (index % 5) {
        case 0:
          return aCreateTrainingJob({ ...members }, `train-${atMs}-${index}`);
        case 1:
          return aReEncrypt(members);
        case 2:
          return aCreateGrant(members);
        default:
          return aDecrypt(members);
      }
    }),
  );
}

export const keepLarge = async () => {
  throw new Error('nothing here is as large');
};

/** Backfills a table by the stand-in that the environment names, by a clock of its own. */
export async function backfilled(
  table: Table,
  window: Window,
  parts: Partial<BackfillParts> & { readonly clock?: SleptClock } = {},
): Promise<BackfillResult> {
  const { clock = new SleptClock(), ...others } = parts;
  const lookup = await openEventLookup();
  try {
    // Whoever ran before is some time ago.
    clock.nowMs += 1_000;
    const pace = { now: clock.now, sleep: clock.sleep, isTimeUp: others.isTimeUp ?? (() => false) };
    const paced = new PacedLookup(lookup, pace);
    return await backfill(window, {
      table,
      keepLarge,
      ...pace,
      lookup: paced,
      holder: { name: 'me' },
      origin: 'me',
      ...others,
    });
  } finally {
    lookup.close();
  }
}

/** All that a history says once it is sealed. */
export async function answersOf(table: MemoryTable) {
  await sealAll(table, 'me', 'test');
  await sweep(table);
  const history = new History(table);
  return {
    rows: await everyRow(history),
    keys: (await history.keys({ limit: 1_000 })).items,
    jobs: (await history.jobs(EVERYTHING, { limit: 1_000 })).items,
  };
}

/** The same of records that came directly. */
export async function answersAfter(records: readonly unknown[]) {
  const table = aTable();
  const gatherer = new RecordGatherer(HASH_KEY, readAt);
  for (const record of records) gatherer.take(record);
  await makeDurable(gatherer.finish(), { table, keepLarge });
  return answersOf(table);
}

export function checkpointsOf(table: MemoryTable): Item[] {
  return [...(table.items.get('B')?.values() ?? [])];
}
