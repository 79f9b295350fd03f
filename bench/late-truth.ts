// Run by hand: node bench/late-truth.ts [--uses 1000000] [--days 30]
// What it costs when the history learns late of a job, its end or the key that its alias means: what of a sealed
// month is judged and sealed again, how many rows, write units and seconds of a processor.
import { parseArgs } from 'node:util';
import { appendSegments, SegmentBuilder } from '../src/history/append/append.ts';
import { readChunks, readRoot } from '../src/history/day/day-reader.ts';
import type { DayRoot, Slot } from '../src/history/day/day-root.ts';
import { readDays } from '../src/history/day/day-state.ts';
import { appendJobFacts } from '../src/history/evidence/evidence-items.ts';
import { settleEvidence } from '../src/history/evidence/settle-evidence.ts';
import { chunkPk } from '../src/history/facts/table-keys.ts';
import { sealAll } from '../src/history/seal/seal-day.ts';
import { sweep } from '../src/history/seal/sweep.ts';
import type { JobFact } from '../src/sagemaker/job-fact.ts';
import type { Table } from '../src/table/table.ts';
import { factsOfJob, listed } from './facts-of-jobs.ts';
import { Ledger, type Spent } from './ledger.ts';
import { printResult, printTable, say } from './print.ts';
import { type RealisticJob, RealisticUses } from './realistic-uses.ts';
import { rounded, sum } from './statistics.ts';

const BATCH_ROWS = 50_000;
const MONTH = { keys: 200, principals: 500 } as const;
/** As in the month that is simulated. */
const USES_OF_JOB = 300;

const { values } = parseArgs({
  options: { uses: { type: 'string', default: '1000000' }, days: { type: 'string', default: '30' } },
});

/** Something that is learned after all uses were sealed. */
interface LateTruth {
  readonly name: string;
  readonly facts: readonly JobFact[];
}

interface Cost {
  readonly name: string;
  readonly days: number;
  readonly slots: number;
  readonly rows: number;
  /** Rows whose judgement became another. */
  readonly judgedOtherwise: number;
  readonly told: Spent;
  readonly sealed: Spent;
  readonly swept: Spent;
}

/** The jobs of each role, most first, each role's by their time. */
function jobsByRole(jobs: readonly RealisticJob[]): RealisticJob[][] {
  const byRole = Map.groupBy(jobs, ({ caller }) => caller.number);
  return [...byRole.values()]
    .map((ofRole) => ofRole.sort((a, b) => a.fromMs - b.fromMs))
    .sort((a, b) => b.length - a.length);
}

function middleOf<T>(items: readonly T[]): T {
  const item = items[items.length >>> 1];
  if (item === undefined) throw new Error('too few jobs: ask for more uses');
  return item;
}

/** What is known in time, and what comes late. */
function tellings(jobs: readonly RealisticJob[]): { inTime: JobFact[]; late: LateTruth[] } {
  const byRole = jobsByRole(jobs);
  const shared = byRole[0] ?? [];
  const ofAlias = byRole[1] ?? [];
  const few = byRole.findLast(({ length }) => length > 1) ?? [];
  // No job of this one is known in time.
  const unheardOf = byRole[2] ?? [];
  const [ofShared, ofFew, [first]] = [middleOf(shared), middleOf(few), unheardOf];
  if (first === undefined) throw new Error('too few jobs: ask for more uses');
  const ending = middleOf(shared.filter((job) => job.number > ofShared.number));
  const { caller, outputKey } = middleOf(ofAlias);
  const alias = `alias/team-${caller.number}-models`;

  const unknown = new Set([ofShared, ofFew, ...unheardOf]);
  const inTime = jobs.flatMap((job): JobFact[] => {
    if (unknown.has(job)) return [];
    const facts = factsOfJob(job, ofAlias.includes(job) ? alias : undefined);
    return listed(facts).filter((fact) => job !== ending || fact !== facts.end);
  });
  return {
    inTime,
    late: [
      { name: 'what is known already', facts: inTime.slice(0, 1_000) },
      { name: `a job of a role with ${few.length} jobs`, facts: listed(factsOfJob(ofFew)) },
      { name: `a job of a role with ${shared.length} jobs`, facts: listed(factsOfJob(ofShared)) },
      { name: 'the first job of a role', facts: listed(factsOfJob(first)) },
      { name: `the end of a job of a role with ${shared.length} jobs`, facts: [factsOfJob(ending).end] },
      {
        name: `the key of an alias that ${ofAlias.length} jobs declare`,
        facts: [
          {
            kind: 'alias',
            accountId: caller.accountId,
            region: caller.region,
            timeMs: middleOf(jobs).fromMs,
            alias,
            is: 'seen',
            keyArn: outputKey.arn,
          },
        ],
      },
    ],
  };
}

/** Notes which chunks of rows are read. */
function watchChunks(table: Table, read: Set<string>): Table {
  return {
    ...table,
    async getAll(keys) {
      for (const { pk, sk } of keys) read.add(`${pk} ${sk}`);
      return table.getAll(keys);
    },
  };
}

async function rootsOf(table: Table): Promise<DayRoot[]> {
  const roots: DayRoot[] = [];
  for (const state of await readDays(table)) {
    const root = await readRoot(table, state);
    if (root !== undefined) roots.push(root);
  }
  return roots;
}

/** The judgement of each row of some slots, by event. */
async function judgementsOf(table: Table, day: string, slots: readonly Slot[]): Promise<Map<string, string>> {
  const judgements = new Map<string, string>();
  for (const { chunks } of slots) {
    const names = chunks.filter(({ kind }) => kind !== 'hidden').map(({ name }) => name);
    for (const set of (await readChunks(table, day, names)).values()) {
      for (let row = 0; row < set.length; row++) {
        judgements.set(set.eventId(row), set.judgements.text(set.judgement[row] as number));
      }
    }
  }
  return judgements;
}

async function costOf({ name, facts }: LateTruth, ledger: Ledger): Promise<Cost> {
  const { table } = ledger;
  const before = await rootsOf(table);
  const read = new Set<string>();
  const told = await ledger.spend(async () => {
    await appendJobFacts(table, facts);
    await settleEvidence(table);
    return facts.length;
  });
  const sealed = await ledger.spend(async () => {
    await sealAll(watchChunks(table, read), 'bench', 'something came late');
    return 0;
  });
  const after = new Map((await rootsOf(table)).map((root) => [root.day, root]));
  let judgedOtherwise = 0;
  // No event is here twice, so that a slot's rows are read only to be sealed again.
  const again = before.flatMap(({ day, slots }) => {
    const ofDay = slots.filter(({ chunks }) =>
      chunks.some((chunk) => read.has(`${chunkPk(day)} ${chunk.name}`)),
    );
    return ofDay.length === 0 ? [] : [{ day, slots: ofDay }];
  });
  for (const { day, slots } of again) {
    const was = await judgementsOf(table, day, slots);
    for (const [id, text] of await judgementsOf(table, day, after.get(day)?.slots ?? [])) {
      if (was.has(id) && was.get(id) !== text) judgedOtherwise++;
    }
  }
  const swept = await ledger.spend(async () => {
    await sweep(table);
    return 0;
  });
  const slots = again.flatMap((ofDay) => ofDay.slots);
  const rows = sum(slots.map((slot) => slot.facts));
  return { name, days: again.length, slots: slots.length, rows, judgedOtherwise, told, sealed, swept };
}

const uses = Number(values.uses);
const realistic = new RealisticUses({
  seed: 1,
  startMs: Date.parse('2026-03-01T00:00:00Z'),
  days: Number(values.days),
  uses,
  ...MONTH,
  jobs: Math.max(100, Math.round(uses / USES_OF_JOB)),
  skew: 'zipf',
});
const { inTime, late } = tellings(realistic.jobs);
const ledger = new Ledger();
say(
  `Sealing ${realistic.options.days} days with ${uses.toLocaleString('en')} uses of ${realistic.jobs.length} jobs…`,
);
let rows = 0;
const sealedOnce = await ledger.spend(async () => {
  await appendJobFacts(ledger.table, inTime);
  const builder = new SegmentBuilder();
  for (let day = 0; day < realistic.options.days; day++) {
    for (const hour of realistic.day(day)) for (const use of hour) builder.add(use);
    if (builder.rows < BATCH_ROWS && day < realistic.options.days - 1) continue;
    rows += builder.rows;
    await appendSegments(ledger.table, builder.finish(), 'bench');
  }
  await sealAll(ledger.table, 'bench', 'import');
  await sweep(ledger.table);
  return rows;
});
const roots = await rootsOf(ledger.table);
const slots = sum(roots.map((root) => root.slots.length));
const costs: Cost[] = [];
for (const truth of late) {
  say(`late: ${truth.name}`);
  costs.push(await costOf(truth, ledger));
}

const seconds = (...spent: readonly Spent[]) => rounded(sum(spent.map(({ busyMs }) => busyMs)) / 1000, 2);
console.log(
  `${rows} rows of ${realistic.jobs.length} jobs and others, ${roots.length} days of ${slots} slots, sealed for ${sealedOnce.writeUnits} write units in ${seconds(sealedOnce)} s of a processor\n`,
);
const figures = costs.map(({ told, sealed, swept, ...cost }) => ({
  ...cost,
  toldUnits: told.writeUnits,
  sealedUnits: sealed.writeUnits,
  sweptUnits: swept.writeUnits,
  readUnits: told.readUnits + sealed.readUnits + swept.readUnits,
  toldSeconds: seconds(told),
  sealedSeconds: seconds(sealed, swept),
}));
printTable(
  [
    'what comes late',
    'days',
    'slots',
    'rows sealed again',
    'judged otherwise',
    'units: told',
    'sealed',
    'swept',
    'read units',
    's: told',
    'sealed',
  ],
  figures.map((figure) => Object.values(figure)),
);
printResult('late-truth', { rows, jobs: realistic.jobs.length, days: roots.length, slots, late: figures });
