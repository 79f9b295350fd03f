import { Random } from '../simulator/random.ts';
import { compileExpectations, type VerdictInputs } from '../src/expectations/compile-expectations.ts';
import type { Expectation } from '../src/expectations/expectation.ts';
import type { InspectedUse } from '../src/expectations/inspected-use.ts';
import type { KeyArn } from '../src/kms/key-use.ts';
import { printResult, printTable, say } from './print.ts';

/**
 * How long a verdict takes with 1,000 expectations: over keys, aliases, accounts and ML keys, for roles, paths, accounts
 * and services, a third of them with conditions; of half a million uses, all different, a tenth of them by nobody that
 * is expected. And what the worst sets cost: all for one account's keys, and all of which must be asked.
 * `node bench/expectation-speed.ts`
 */
const useCount = 500_000;
const keyCount = 500;
const roleCount = 2_000;
const rounds = 3;
const account = '111122223333';
const startMs = Date.parse('2026-03-01T00:00:00Z');

const random = new Random(1, 'expectation-speed');
const keys = Array.from(
  { length: keyCount },
  () => `arn:aws:kms:us-east-1:${account}:key/${random.uuid()}` as KeyArn,
);
const roles = Array.from(
  { length: roleCount },
  (_, number) => `arn:aws:iam::${account}:role/team-${number % 50}/role-${number}`,
);
const aliasOf = (number: number) => `alias/data-${number}`;

const known: VerdictInputs = {
  mlKeys: new Set(keys.slice(0, 100)),
  aliases: new Map(
    keys.map((keyArn, number) => [
      `${account}/us-east-1/${aliasOf(number)}`,
      [{ timeMs: startMs, kind: 'seen' as const, keyArn }],
    ]),
  ),
};

const sets: Readonly<Record<string, readonly Expectation[]>> = {
  mixed: Array.from({ length: 1_000 }, (_, number) => mixed(number)),
  'one account’s keys, a role each': Array.from({ length: 1_000 }, (_, number) => ({
    ...written(number),
    keys: [`account:${account}`],
    principals: [roles[number] ?? ''],
    operations: ['cryptographic'],
  })),
  'one account’s keys for one account, none of which allows': Array.from({ length: 1_000 }, (_, number) => ({
    ...written(number),
    keys: [`account:${account}`],
    principals: [`account:${account}`],
    operations: ['cryptographic'],
    only: { vpcEndpoints: [`vpce-${String(number).padStart(8, '0')}`] },
  })),
};

function written(number: number) {
  return { id: `e-${number}`, owner: 'team', reason: 'It is measured' };
}

function mixed(number: number): Expectation {
  const key = keys[number % keyCount] ?? '';
  const draw = number % 10;
  return {
    ...written(number),
    keys:
      draw < 5 ? [key] : draw < 7 ? [aliasOf(number % keyCount)] : draw < 8 ? [`account:${account}`] : ['ml'],
    principals:
      draw % 4 === 0
        ? [`arn:aws:iam::${account}:role/team-${number % 50}/*`, 'service:dynamodb.amazonaws.com']
        : [roles[number] ?? '', roles[(number * 7) % roleCount] ?? ''],
    operations: ['cryptographic', 'CreateGrant'],
    ...(number % 3 === 0
      ? { only: { networks: ['10.0.0.0/8'], times: [{ from: '06:00', to: '22:00' }] } }
      : {}),
    ...(number % 5 === 0 ? { expires: '2027-01-01' } : {}),
  };
}

function use(number: number): InspectedUse {
  const isStranger = random.chance(0.1);
  // Most uses are by a role that some expectation of the mixed set names for the key.
  const named = random.chance(0.7) ? random.int(1_000) : undefined;
  return {
    eventTimeMs: startMs + random.int(30 * 86_400_000),
    accountId: account,
    region: 'us-east-1',
    keyArn: named === undefined ? random.pick(keys) : keys[named % keyCount],
    operation: 'Decrypt',
    category: 'cryptographic',
    outcome: 'success',
    principal: isStranger
      ? { type: 'role', id: `arn:aws:iam::${account}:role/x/stranger-${number}`, accountId: account }
      : {
          type: 'role',
          id: named === undefined ? random.pick(roles) : (roles[named] ?? ''),
          accountId: account,
        },
    sourceIp: `10.0.${random.int(256)}.${random.int(256)}`,
  };
}

const uses = Array.from({ length: useCount }, (_, number) => use(number));
const results = Object.entries(sets).map(([name, expectations]) => {
  say(`Judging ${useCount.toLocaleString('en')} uses: ${name}…`);
  const started = performance.now();
  const judge = compileExpectations(expectations, known);
  const compileMs = performance.now() - started;
  const verdicts = { yes: 0, no: 0, 'no-rule': 0 };
  const microseconds = Array.from({ length: rounds }, () => {
    const begun = process.cpuUsage();
    for (const each of uses) verdicts[judge.judge(each).expected]++;
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / useCount;
  });
  return {
    name,
    compileMs: Number(compileMs.toFixed(1)),
    microsecondsAUse: Number(Math.min(...microseconds).toFixed(2)),
    yes: verdicts.yes / rounds,
    no: verdicts.no / rounds,
    noRule: verdicts['no-rule'] / rounds,
  };
});
printTable(
  ['1,000 expectations', 'µs a use', 'compiling, ms', 'yes', 'no', 'no-rule'],
  results.map(({ name, microsecondsAUse, compileMs, yes, no, noRule }) => [
    name,
    microsecondsAUse,
    compileMs,
    yes,
    no,
    noRule,
  ]),
);
printResult('expectation-speed', { uses: useCount, results });
