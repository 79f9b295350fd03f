// Run by hand: node bench/write-units.ts [--uses 100000] [--input DIR | --keep]
// What writing a row costs on DynamoDB on demand, in write units: batches of different kinds appended, and a
// day of busy keys appended, sealed and swept, sealed once and hour by hour.
import { parseArgs } from 'node:util';
import { appendSegments, SegmentBuilder } from '../src/history/append.ts';
import { dayOf } from '../src/history/names.ts';
import { sealDay } from '../src/history/seal-day.ts';
import { sweep } from '../src/history/sweep.ts';
import type { Table } from '../src/history/table.ts';
import type { KeyUse } from '../src/kms/key-use.ts';
import { findLogFiles } from '../src/local/import/find-log-files.ts';
import { LogFileReader } from '../src/local/import/log-file-reader.ts';
import { busyKeys } from './busy-keys.ts';
import { addSpent, Ledger, nothingSpent, type Spent } from './ledger.ts';
import { printResult, printTable } from './print.ts';
import { simulatedMonth } from './simulated-month.ts';
import { rounded } from './statistics.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const BATCH_ROWS = 200;

const { values } = parseArgs({
  options: { ...WORK_FOLDER_OPTIONS, uses: { type: 'string', default: '100000' } },
});

async function append(table: Table, batch: Iterable<KeyUse>, number: number): Promise<number> {
  const builder = new SegmentBuilder();
  for (const use of batch) builder.add(use);
  const { rows } = builder;
  await appendSegments(table, builder.finish(), `batch-${number}`);
  return rows;
}

async function appendAll(table: Table, uses: readonly KeyUse[], size: number): Promise<number> {
  for (let start = 0; start < uses.length; start += size) {
    await append(table, uses.slice(start, start + size), start);
  }
  return uses.length;
}

/** The uses of each key of an hour by themselves. */
function byKey(uses: readonly KeyUse[]): KeyUse[][] {
  return [...Map.groupBy(uses, (use) => use.keyArn).values()];
}

async function batchesOfOneKey(): Promise<Spent> {
  const ledger = new Ledger();
  return ledger.spend(async () => {
    let rows = 0;
    for (const hour of busyKeys({ rowsADay: 20_000, days: 1 }).day(0)) {
      for (const uses of byKey(hour)) {
        const whole = uses.slice(0, uses.length - (uses.length % BATCH_ROWS));
        rows += await appendAll(ledger.table, whole, BATCH_ROWS);
      }
    }
    return rows;
  });
}

/** Batches of about 200 uses as they come in: log files in the order of their delivery. */
async function batchesOfTheMonth(folder: string): Promise<Spent> {
  // As dense as a month of a million uses: it is how many hours a batch touches that costs.
  const uses = Number(values.uses);
  const month = await simulatedMonth(folder, {
    uses,
    days: Math.max(1, Math.round((uses * 30) / 1_000_000)),
  });
  const ledger = new Ledger();
  return ledger.spend(async () => {
    const reader = new LogFileReader(new Uint8Array(32));
    let rows = 0;
    let batches = 0;
    const flush = async () => {
      rows += reader.builder.rows;
      await appendSegments(ledger.table, reader.builder.finish(), `batch-${batches++}`);
    };
    for (const path of findLogFiles([month.logs]).files) {
      await reader.read(path);
      if (reader.builder.rows >= BATCH_ROWS) await flush();
    }
    await flush();
    return rows;
  });
}

async function batchesOfOneRow(): Promise<Spent> {
  const ledger = new Ledger();
  const uses = busyKeys({ rowsADay: 1_000, days: 1 }).hour(12).slice(0, 1_000);
  return ledger.spend(() => appendAll(ledger.table, uses, 1));
}

interface SealedDay {
  readonly append: Spent;
  readonly seal: Spent;
  readonly sweep: Spent;
}

/** A day of busy keys in batches of 200 rows of one key, sealed when it is over or after each of its hours. */
async function sealedDay(rowsADay: number, isHourly: boolean): Promise<SealedDay> {
  const ledger = new Ledger();
  const { table } = ledger;
  const uses = busyKeys({ rowsADay, days: 1 });
  const total: SealedDay = { append: nothingSpent(), seal: nothingSpent(), sweep: nothingSpent() };
  const seal = async (rows: number) => {
    const sealed = await ledger.spend(async () => {
      await sealDay(table, dayOf(uses.options.startMs), 'an hour has settled');
      return rows;
    });
    addSpent(total.seal, sealed);
    addSpent(
      total.sweep,
      await ledger.spend(async () => {
        await sweep(table);
        return rows;
      }),
    );
  };
  let rows = 0;
  for (const hour of uses.day(0)) {
    for (const ofKey of byKey(hour)) {
      addSpent(total.append, await ledger.spend(() => appendAll(table, ofKey, BATCH_ROWS)));
    }
    rows += hour.length;
    if (isHourly) await seal(hour.length);
  }
  if (!isHourly) await seal(rows);
  return total;
}

const aRow = (units: number, rows: number) => rounded(units / rows, 4);

await inWorkFolder('write-units', values, async (folder) => {
  const appended: Readonly<Record<string, Spent>> = {
    'batches of 200 rows of one key': await batchesOfOneKey(),
    "batches of 200 rows of the month's mix": await batchesOfTheMonth(folder),
    'batches of one row': await batchesOfOneRow(),
  };
  printTable(
    ['appended', 'rows', 'write units a row', 'read units a row'],
    Object.entries(appended).map(([name, spent]) => [
      name,
      spent.rows,
      aRow(spent.writeUnits, spent.rows),
      aRow(spent.readUnits, spent.rows),
    ]),
  );
  const sealed: Record<string, SealedDay> = {};
  for (const rowsADay of [1_000, 5_000, 20_000]) {
    for (const isHourly of [false, true]) {
      const name = `keys of ${rowsADay} rows a day, ${isHourly ? 'hour by hour' : 'sealed once'}`;
      sealed[name] = await sealedDay(rowsADay, isHourly);
    }
  }
  const rows = Object.entries(sealed).map(([name, { append: appended, seal, sweep: swept }]) => {
    const count = appended.rows;
    const paid = appended.writeUnits + seal.writeUnits + swept.writeUnits;
    const deleted = appended.deleteUnits + seal.deleteUnits + swept.deleteUnits;
    return {
      name,
      rows: count,
      append: aRow(appended.writeUnits, count),
      seal: aRow(seal.writeUnits, count),
      sweep: aRow(swept.writeUnits, count),
      inAll: aRow(paid, count),
      inAllWithTtl: aRow(paid - deleted, count),
      readUnits: aRow(appended.readUnits + seal.readUnits + swept.readUnits, count),
    };
  });
  printTable(
    ['write units a row', 'rows', 'append', 'seal', 'sweep', 'in all', 'in all, TTL deletes', 'read units'],
    rows.map((row) => [
      row.name,
      row.rows,
      row.append,
      row.seal,
      row.sweep,
      row.inAll,
      row.inAllWithTtl,
      row.readUnits,
    ]),
  );
  printResult('write-units', {
    appended: Object.fromEntries(
      Object.entries(appended).map(([name, spent]) => [name, aRow(spent.writeUnits, spent.rows)]),
    ),
    sealed: rows,
  });
});
