import { parseArgs } from 'node:util';
import { RULE_IDS } from '../src/alerts/rule-id.ts';
import {
  DEFAULT_OPTIONS,
  type SimulationOptions,
  sampleAccount,
} from '../src/local/simulate/simulation-options.ts';
import type { IncidentTruth } from '../src/local/simulate/truth.ts';
import { type RaisedAlert, watchedAccount } from './alerts/watched-account.ts';
import { printResult, printTable, say } from './print.ts';

/**
 * Which alerts are raised on simulated accounts, held against the incidents that were planted in them.
 * `npm run eval:alerts -- --seeds 1-4 --list`
 */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1-3' }, list: { type: 'boolean', default: false } },
});

/** Three weeks of three accounts: long enough for a use to stop. */
const busyAccount: SimulationOptions = {
  ...DEFAULT_OPTIONS,
  uses: 100_000,
  days: 21,
  jobsPerDay: 40,
  keys: 60,
  principals: 150,
  otherShare: 0.3,
  compressionLevel: 0,
};

const [from = 1, to = from] = values.seeds.split('-').map(Number);
const accounts: [string, SimulationOptions][] = [['sample', sampleAccount]];
for (let seed = from; seed <= to; seed++) accounts.push([`busy, seed ${seed}`, { ...busyAccount, seed }]);

/** Rules that need what is known of the watching itself. */
const OF_COVERAGE = new Set(['coverage-lost', 'drill-missed']);
const figures = new Map<string, { planted: number; found: number; false: number; also: number }>();
const figuresOf = (rule: string) => {
  const known = figures.get(rule) ?? { planted: 0, found: 0, false: 0, also: 0 };
  figures.set(rule, known);
  return known;
};
for (const rule of RULE_IDS) figuresOf(rule);

let uses = 0;
let falseAlerts = 0;
let planted = 0;
let found = 0;
for (const [name, options] of accounts) {
  const noExpectations = {
    name: 'none',
    judge: () => ({ expected: 'no-rule' as const }),
    judgeAlike: () => ({ expected: 'no-rule' as const }),
    speaksOf: () => false,
    allowsPrincipal: () => false,
  };
  const account = await watchedAccount(name, options, async () => noExpectations);
  uses += account.uses;
  const incidents = account.incidents.filter(({ rule }) => !OF_COVERAGE.has(rule));
  for (const incident of incidents) {
    planted++;
    const isFound = account.alerts.some((alert) => alert.rule === incident.rule && isOf(alert, incident));
    figuresOf(incident.rule).planted++;
    if (isFound) {
      found++;
      figuresOf(incident.rule).found++;
    } else if (values.list) say(`missed in ${name}: ${JSON.stringify(incident)}`);
  }
  for (const alert of account.alerts) {
    const of = incidents.filter((incident) => isOf(alert, incident));
    if (of.some(({ rule }) => rule === alert.rule)) continue;
    if (of.some(({ alsoRules }) => alsoRules?.includes(alert.rule) === true)) figuresOf(alert.rule).also++;
    else {
      falseAlerts++;
      figuresOf(alert.rule).false++;
      if (values.list) say(`false in ${name}: ${JSON.stringify(alert)}`);
    }
  }
  say(
    `${name}: ${account.uses} uses after learning, ${account.alerts.length} alerts, watched in ${account.watchSeconds.toFixed(1)} s`,
  );
}

printTable(
  ['rule', 'planted', 'found', 'missed', 'false', 'of another incident'],
  [...figures].map(([rule, figure]) => [
    rule,
    figure.planted,
    figure.found,
    figure.planted - figure.found,
    figure.false,
    figure.also,
  ]),
);
console.log(`${((falseAlerts * 10_000) / uses).toFixed(2)} false alerts for each 10,000 uses after learning`);
printResult('eval-alerts', { uses, planted, found, falseAlerts, rules: Object.fromEntries(figures) });

/** Whether an alert is about what was planted: nothing that both name differs. */
function isOf({ subject }: RaisedAlert, incident: IncidentTruth): boolean {
  const members = ['keyArn', 'principalId', 'grantee', 'jobArn', 'accountId', 'region'] as const;
  return members.every(
    (member) =>
      subject[member] === undefined || incident[member] === undefined || subject[member] === incident[member],
  );
}
