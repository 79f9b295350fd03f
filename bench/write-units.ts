// Run by hand: node bench/write-units.ts [--uses 100000] [--input DIR | --keep]
// What writing a row costs on DynamoDB on demand, in write units: batches of different kinds appended, and a
// day of busy keys appended, joined to jobs, sealed and swept, sealed once and hour by hour; what of it is the join's.

import { parseArgs } from 'node:util';
import { appendSegments, SegmentBuilder } from '../src/history/append/append.ts';
import { appendJobFacts } from '../src/history/evidence/evidence-items.ts';
import { settleEvidence } from '../src/history/evidence/settle-evidence.ts';
import { sealDay } from '../src/history/seal/seal-day.ts';
import { sweep } from '../src/history/seal/sweep.ts';
import { findLogFiles } from '../src/import/find-log-files.ts';
import { readLogFile } from '../src/import/read-log-file.ts';
import { LogFileReader } from '../src/ingest/log-file-reader.ts';
import { RecordGatherer } from '../src/ingest/record-gatherer.ts';
import type { KeyUse } from '../src/kms/key-use.ts';
import type { JobFact } from '../src/sagemaker/job-fact.ts';
import type { Table } from '../src/table/table.ts';
import { dayOf, HOUR_MS } from '../src/utc-time.ts';
import { readAt } from '../test/builders/read-at.ts';
import { busyKeys } from './busy-keys.ts';
import { factsOfJob, listed } from './facts-of-jobs.ts';
import { addSpent, Ledger, nothingSpent, type Spent } from './ledger.ts';
import { printResult, printTable } from './print.ts';
import { simulatedMonth } from './simulated-month.ts';
import { rounded } from './statistics.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const BATCH_ROWS = 200;

const { values } = parseArgs({
  options: { ...WORK_FOLDER_OPTIONS, uses: { type: 'string', default: '100000' } },
});

async function append(
  table: Table,
  batch: Iterable<KeyUse>,
  name: string,
  facts: readonly JobFact[] = [],
): Promise<number> {
  const builder = new SegmentBuilder();
  for (const use of batch) builder.add(use);
  const { rows } = builder;
  await appendJobFacts(table, facts);
  await appendSegments(table, builder.finish(), name);
  return rows;
}

/** Appends batch after batch; what is told of jobs is in them evenly, in order. */
async function appendAll(
  table: Table,
  batches: readonly (readonly KeyUse[])[],
  facts: readonly JobFact[] = [],
): Promise<number> {
  let rows = 0;
  for (const [number, batch] of batches.entries()) {
    const [from, to] = [number, number + 1].map((n) => Math.floor((n * facts.length) / batches.length));
    rows += await append(table, batch, `batch-${number}`, facts.slice(from, to));
  }
  return rows;
}

function cut(uses: readonly KeyUse[], size: number): KeyUse[][] {
  return Array.from({ length: Math.ceil(uses.length / size) }, (_, number) =>
    uses.slice(number * size, (number + 1) * size),
  );
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
        rows += await appendAll(ledger.table, cut(whole, BATCH_ROWS));
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
    const gatherer = new RecordGatherer(new Uint8Array(32), readAt);
    const reader = new LogFileReader(gatherer);
    let rows = 0;
    let batches = 0;
    const flush = async () => {
      rows += gatherer.rows;
      const { jobFacts, segments } = gatherer.finish();
      await appendJobFacts(ledger.table, jobFacts);
      await appendSegments(ledger.table, segments, `batch-${batches++}`);
    };
    for (const path of findLogFiles([month.logs]).files) {
      await reader.read(path, readLogFile);
      if (gatherer.rows >= BATCH_ROWS) await flush();
    }
    await flush();
    return rows;
  });
}

async function batchesOfOneRow(): Promise<Spent> {
  const ledger = new Ledger();
  const uses = busyKeys({ rowsADay: 1_000, days: 1 }).hour(12).slice(0, 1_000);
  return ledger.spend(() => appendAll(ledger.table, cut(uses, 1)));
}

interface SealedDay {
  readonly append: Spent;
  readonly seal: Spent;
  readonly sweep: Spent;
}

/**
 * A day of busy keys in batches of 200 rows of one key, sealed when it is over or after each of its hours.
 * @param isJoined whether the records of its jobs come with them
 */
async function sealedDay(rowsADay: number, isHourly: boolean, isJoined: boolean): Promise<SealedDay> {
  const ledger = new Ledger();
  const { table } = ledger;
  const uses = busyKeys({ rowsADay, days: 1 });
  const { startMs } = uses.options;
  const facts = isJoined ? uses.jobs.flatMap((job) => listed(factsOfJob(job))) : [];
  facts.sort((a, b) => a.timeMs - b.timeMs);
  const total: SealedDay = { append: nothingSpent(), seal: nothingSpent(), sweep: nothingSpent() };
  const seal = async (rows: number) => {
    const sealed = await ledger.spend(async () => {
      await settleEvidence(table);
      await sealDay(table, dayOf(startMs), 'an hour has settled');
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
  let told = 0;
  for (let hour = 0; hour < 24; hour++) {
    const ofHour = uses.hour(hour);
    const toMs = startMs + (hour + 1) * HOUR_MS;
    const tellings = facts.slice(told).filter((fact) => fact.timeMs < toMs);
    told += tellings.length;
    const batches = byKey(ofHour).flatMap((ofKey) => cut(ofKey, BATCH_ROWS));
    addSpent(total.append, await ledger.spend(() => appendAll(table, batches, tellings)));
    rows += ofHour.length;
    if (isHourly) await seal(ofHour.length);
  }
  if (!isHourly) await seal(rows);
  return total;
}

interface Cost {
  readonly append: number;
  readonly seal: number;
  readonly sweep: number;
  readonly inAll: number;
  readonly inAllWithTtl: number;
  readonly ofJoin: number;
  readonly readUnits: number;
}

/** Units a row. */
function costOf({ append: appended, seal, sweep: swept }: SealedDay): Cost {
  const total = nothingSpent();
  for (const spent of [appended, seal, swept]) addSpent(total, spent);
  const { rows } = appended;
  return {
    append: aRow(appended.writeUnits, rows),
    seal: aRow(seal.writeUnits, rows),
    sweep: aRow(swept.writeUnits, rows),
    inAll: aRow(total.writeUnits, rows),
    inAllWithTtl: aRow(total.writeUnits - total.deleteUnits, rows),
    ofJoin: aRow(total.joinUnits, rows),
    readUnits: aRow(total.readUnits, rows),
  };
}

const aRow = (units: number, rows: number) => rounded(units / rows, 4);

await inWorkFolder('write-units', values, async (folder) => {
  const appended: Readonly<Record<string, Spent>> = {
    'batches of 200 rows of one key': await batchesOfOneKey(),
    "batches of 200 rows of the month's mix": await batchesOfTheMonth(folder),
    'batches of one row': await batchesOfOneRow(),
  };
  printTable(
    ['appended', 'rows', 'write units a row', 'of job facts', 'read units a row'],
    Object.entries(appended).map(([name, spent]) => [
      name,
      spent.rows,
      aRow(spent.writeUnits, spent.rows),
      aRow(spent.joinUnits, spent.rows),
      aRow(spent.readUnits, spent.rows),
    ]),
  );
  const sealed: (Cost & { name: string; rows: number; unjoined: Cost })[] = [];
  for (const rowsADay of [1_000, 5_000, 20_000]) {
    for (const isHourly of [false, true]) {
      const joined = await sealedDay(rowsADay, isHourly, true);
      sealed.push({
        name: `keys of ${rowsADay} rows a day, ${isHourly ? 'hour by hour' : 'sealed once'}`,
        rows: joined.append.rows,
        ...costOf(joined),
        unjoined: costOf(await sealedDay(rowsADay, isHourly, false)),
      });
    }
  }
  printTable(
    [
      'write units a row',
      'rows',
      'append',
      'seal',
      'sweep',
      'in all',
      'in all, TTL deletes',
      "of the join's items",
      'no job known',
      'no job known, TTL deletes',
      'read units',
    ],
    sealed.map((cost) => [
      cost.name,
      cost.rows,
      cost.append,
      cost.seal,
      cost.sweep,
      cost.inAll,
      cost.inAllWithTtl,
      cost.ofJoin,
      cost.unjoined.inAll,
      cost.unjoined.inAllWithTtl,
      cost.readUnits,
    ]),
  );
  printResult('write-units', {
    appended: Object.fromEntries(
      Object.entries(appended).map(([name, spent]) => [name, aRow(spent.writeUnits, spent.rows)]),
    ),
    sealed,
  });
});
