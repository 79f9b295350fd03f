import { parseArgs } from 'node:util';
import { DEFAULT_OPTIONS, type SimulationOptions, sampleAccount } from '../simulator/simulation-options.ts';
import { Attributor } from '../src/attribution/attributor.ts';
import { addFigures, type Figures, figuresOf, isRight, tableOf } from './join/figures.ts';
import { type JoinAccount, type Judged, judgedDays } from './join/judged-account.ts';
import { madeAccount } from './join/made-account.ts';
import { naivelyJudged } from './join/naive-join.ts';
import { simulatedAccount } from './join/simulated-account.ts';
import { printResult, printTable, say } from './print.ts';

/**
 * How well uses are joined to jobs, on accounts whose truth is known: simulated ones, and those of the independent
 * generator in `test/join-accounts`. `npm run eval:join -- --seeds 1-40 --size small --failures 20`
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-40' },
    size: { type: 'string', default: 'small' },
    failures: { type: 'string', default: '12' },
  },
});

/** A month's jobs in ten days, without so many records of other services as a month has. */
const busyAccount: SimulationOptions = {
  ...DEFAULT_OPTIONS,
  uses: 60_000,
  days: 10,
  jobsPerDay: 60,
  keys: 60,
  principals: 150,
  otherShare: 0.5,
  compressionLevel: 0,
};

function* simulatedAccounts(): Generator<JoinAccount> {
  yield simulatedAccount('sample', sampleAccount);
  for (const seed of [1, 2, 3]) {
    yield simulatedAccount(`busy, seed ${seed}`, { ...busyAccount, seed });
  }
}

function* madeAccounts(): Generator<JoinAccount> {
  const [from = 1, to = from] = values.seeds.split('-').map(Number);
  for (let seed = from; seed <= to; seed++) {
    yield madeAccount(seed, values.size === 'month' ? 'month' : 'small');
  }
}

/** Judges accounts one after the other, so that one is held at a time, and prints what came out. */
function evaluate(name: string, accounts: Iterable<JoinAccount>): void {
  let ours: Figures | undefined;
  let naive: Figures | undefined;
  let uses = 0;
  let busyMs = 0;
  const failures = new Map<string, number>();
  for (const account of accounts) {
    say(`${name}: ${account.name}, ${account.uses.length.toLocaleString('en')} uses`);
    const { user, system } = process.cpuUsage();
    const judged = judgedDays(account, new Attributor(account.evidence));
    const after = process.cpuUsage();
    busyMs += (after.user + after.system - user - system) / 1000;
    uses += account.uses.length;
    ours = addFigures(ours, figuresOf(judged, account.evidence));
    naive = addFigures(naive, figuresOf(naivelyJudged(account), account.evidence));
    countFailures(judged, failures);
  }
  if (ours === undefined || naive === undefined) {
    return;
  }
  console.log(name);
  printTable(['figure', 'wanted', 'measured', 'role and time alone'], tableOf(ours, naive));
  const worst = [...failures].sort(([, a], [, b]) => b - a).slice(0, Number(values.failures));
  printTable(
    ['of what', 'judged', 'wrong'],
    worst.map(([what, count]) => [...what.split('|'), count]),
  );
  const microsecondsAUse = (busyMs * 1000) / uses;
  printResult('eval-join', { accounts: name, microsecondsAUse, ours, naive });
}

function countFailures(judged: readonly Judged[], failures: Map<string, number>): void {
  for (const each of judged) {
    const { truth, judgement } = each;
    if ((truth.jobArn === null || truth.isJobKnown) && !isRight(each)) {
      const what = `${truth.class}${truth.jobArn === null ? ', no job' : ''}|${judgement.status}`;
      failures.set(what, (failures.get(what) ?? 0) + 1);
    }
  }
}

evaluate('Simulated accounts', simulatedAccounts());
evaluate('Independently made accounts', madeAccounts());
