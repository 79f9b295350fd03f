import { parseArgs } from 'node:util';
import { DEFAULT_OPTIONS, type SimulationOptions, sampleAccount } from '../simulator/simulation-options.ts';
import { VARIANTS } from '../simulator/variants.ts';
import { Attributor } from '../src/attribution/attributor.ts';
import { secureBytes } from '../src/randomness.ts';
import { addFigures, type Figures, figuresOf, isRight } from './join/figures.ts';
import { type JoinAccount, type Judged, judgedDays } from './join/judged-account.ts';
import { madeAccount } from './join/made-account.ts';
import { MADE_VARIANTS } from './join/made-variants.ts';
import { naivelyJudged } from './join/naive-join.ts';
import { simulatedAccount } from './join/simulated-account.ts';
import { headings, rowOf, shortfalls } from './join/table-of-figures.ts';
import { printResult, printTable, say } from './print.ts';

/**
 * How well uses are joined to jobs, on accounts whose truth is known, in all variants of what AWS leaves open: simulated
 * ones, and those of the independent generator in `test/join-accounts`. Seeds are new in each run unless given.
 * `npm run eval:join -- --seeds 1-4 --only hourly --size small --failures 20`
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    made: { type: 'string', default: '8' },
    only: { type: 'string', default: '' },
    size: { type: 'string', default: 'small' },
    failures: { type: 'string', default: '0' },
  },
});

const newSeed = Buffer.from(secureBytes(4)).readUInt32LE() % 1_000_000;
const [firstSeed = newSeed, lastSeed = firstSeed + 1] = (values.seeds ?? '')
  .split('-')
  .filter(Boolean)
  .map(Number);

/** A month's jobs in ten days, without so many records of other services as a month has. */
const busyAccount: Omit<SimulationOptions, 'seed'> = {
  ...DEFAULT_OPTIONS,
  uses: 60_000,
  days: 10,
  jobsPerDay: 60,
  keys: 60,
  principals: 150,
  otherShare: 0.5,
  compressionLevel: 0,
};

const simulated: Readonly<Record<string, Omit<SimulationOptions, 'seed'>>> = {
  'the sample': sampleAccount,
  'a busy account': busyAccount,
  ...VARIANTS,
};

function* accountsOf(name: string): Generator<JoinAccount> {
  const options = simulated[name];
  const last = options === undefined ? firstSeed + Number(values.made) - 1 : lastSeed;
  for (let seed = firstSeed; seed <= last; seed++) {
    yield options === undefined
      ? madeAccount(seed, values.size === 'month' ? 'month' : 'small', MADE_VARIANTS[name] ?? {})
      : simulatedAccount(`${name}, seed ${seed}`, { ...options, seed });
  }
}

interface Evaluated {
  readonly ours: Figures;
  readonly naive: Figures;
  /** What was judged wrongly, by class and status. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Judges accounts one after the other, so that one is held at a time. */
function evaluate(accounts: Iterable<JoinAccount>): Evaluated {
  let ours: Figures | undefined;
  let naive: Figures | undefined;
  const failures = new Map<string, number>();
  for (const account of accounts) {
    const judged = judgedDays(account, new Attributor(account.evidence));
    ours = addFigures(ours, figuresOf(judged, account.evidence));
    naive = addFigures(naive, figuresOf(naivelyJudged(account), account.evidence));
    countFailures(judged, failures);
  }
  if (ours === undefined || naive === undefined) {
    throw new Error('There are no accounts for these seeds.');
  }
  return { ours, naive, failures };
}

function countFailures(judged: readonly Judged[], failures: Map<string, number>): void {
  for (const each of judged) {
    const { truth, judgement } = each;
    if ((truth.jobArn === null || truth.isJobKnown) && !isRight(each)) {
      const what = `${truth.class}${truth.jobArn === null ? ', no job' : ''}: ${judgement.status}`;
      failures.set(what, (failures.get(what) ?? 0) + 1);
    }
  }
}

const rows: (readonly string[])[] = [];
const short: string[] = [];
for (const name of [...Object.keys(simulated), ...Object.keys(MADE_VARIANTS)]) {
  if (!name.includes(values.only)) {
    continue;
  }
  say(`${name} …`);
  const { ours, naive, failures } = evaluate(accountsOf(name));
  rows.push(rowOf(name, ours, naive));
  for (const [what, count] of [...failures].sort(([, a], [, b]) => b - a).slice(0, Number(values.failures))) {
    rows.push([`   ${what}`, `${count}`]);
  }
  short.push(...shortfalls(ours).map((figure) => `${name}: ${figure}`));
  printResult('eval-join', { accounts: name, seeds: [firstSeed, lastSeed], ours, naive });
}
console.log(
  `Seeds ${firstSeed}-${lastSeed}, of made accounts ${firstSeed}-${firstSeed + Number(values.made) - 1}.`,
);
printTable(headings, rows);
say(short.length === 0 ? 'Every figure is within its bound.' : `Short of their bounds: ${short.join('; ')}.`);
