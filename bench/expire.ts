// Run by hand: node bench/expire.ts [--uses 1000000] [--days 30]
// What a run of the retention costs on DynamoDB on demand: a sealed and swept month expires, day by day.
import { parseArgs } from 'node:util';
import { appendSegments, SegmentBuilder } from '../src/history/append/append.ts';
import { readDays } from '../src/history/day/day-state.ts';
import { appendJobFacts } from '../src/history/evidence/evidence-items.ts';
import { sealAll } from '../src/history/seal/seal-day.ts';
import { sweep } from '../src/history/seal/sweep.ts';
import { type ExpiryRun, runExpiry } from '../src/retention/expiry-run.ts';
import { DAY_MS } from '../src/utc-time.ts';
import { factsOfJob, listed } from './facts-of-jobs.ts';
import { Ledger, type Spent } from './ledger.ts';
import { printResult, printTable, say } from './print.ts';
import { RealisticUses } from './realistic-uses.ts';
import { rounded, sum } from './statistics.ts';

const BATCH_ROWS = 50_000;
const MONTHS = 13;
const START_MS = Date.parse('2026-03-02T00:00:00Z');
/** Long after all of it is due. */
const NOW_MS = START_MS + 1_000 * DAY_MS;
/** As in the month that is simulated. */
const USES_OF_JOB = 300;

const { values } = parseArgs({
  options: { uses: { type: 'string', default: '1000000' }, days: { type: 'string', default: '30' } },
});

async function seal({ table }: Ledger, uses: RealisticUses): Promise<number> {
  await appendJobFacts(
    table,
    uses.jobs.flatMap((job) => listed(factsOfJob(job))),
  );
  const builder = new SegmentBuilder();
  let batches = 0;
  const flush = () => appendSegments(table, builder.finish(), `batch-${batches++}`);
  for (let day = 0; day < uses.options.days; day++) {
    for (const hour of uses.day(day)) for (const use of hour) builder.add(use);
    if (builder.rows >= BATCH_ROWS) await flush();
  }
  await flush();
  await sealAll(table, 'bench', 'bench');
  await sweep(table);
  return sum((await readDays(table)).map(({ rows }) => rows));
}

const expire = ({ table }: Ledger, run: string): Promise<ExpiryRun> =>
  runExpiry(table, { run, by: 'bench', months: MONTHS, now: () => NOW_MS, isTimeLeft: () => true });

const expiredRows = ({ days }: ExpiryRun) => sum(days.map(({ rows }) => rows));

const count = Number(values.uses);
const ledger = new Ledger();
say('Sealing what is to expire…');
const rows = await seal(
  ledger,
  new RealisticUses({
    seed: 1,
    startMs: START_MS,
    days: Number(values.days),
    uses: count,
    keys: 200,
    principals: 500,
    jobs: Math.ceil(count / USES_OF_JOB),
    skew: 'zipf',
  }),
);
const before = { ...ledger.meter.writeUnitsByKind };
const first = await ledger.spend(async () => expiredRows(await expire(ledger, 'first')));
if (first.rows !== rows) throw new Error(`${first.rows} of ${rows} rows expired`);
const unitsByKind = Object.entries(ledger.meter.writeUnitsByKind)
  .map(([kind, units]) => ({ kind, units: units - (before[kind] ?? 0) }))
  .filter(({ units }) => units > 0)
  .sort((a, b) => b.units - a.units);
const again = await ledger.spend(async () => expiredRows(await expire(ledger, 'again')));

printTable(
  ['run', 'rows', 'write units', 'of which for deletes', 'write units a row', 'read units'],
  Object.entries({ 'all of it': first, 'nothing to do': again }).map(([name, spent]) => [
    name,
    spent.rows,
    spent.writeUnits,
    spent.deleteUnits,
    spent.rows === 0 ? '' : rounded(spent.writeUnits / spent.rows, 4),
    spent.readUnits,
  ]),
);
printTable(
  ['kind of item, - where deleted', 'write units'],
  unitsByKind.map(({ kind, units }) => [kind, units]),
);
const units = ({ writeUnits, deleteUnits, readUnits }: Spent) => ({ writeUnits, deleteUnits, readUnits });
printResult('expire', { rows, first: units(first), again: units(again), unitsByKind });
