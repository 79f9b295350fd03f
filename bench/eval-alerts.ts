import { parseArgs } from 'node:util';
import { DEFAULT_OPTIONS, type SimulationOptions, sampleAccount } from '../simulator/simulation-options.ts';
import type { IncidentTruth } from '../simulator/truth.ts';
import { VARIANTS } from '../simulator/variants.ts';
import { RULE_IDS } from '../src/alerts/rule-id.ts';
import {
  type AccountWithAlerts,
  accountWithAlerts,
  learnedMsOf,
  type RaisedAlert,
} from './alerts/account-with-alerts.ts';
import { printResult, printTable, say } from './print.ts';

/**
 * Which alerts are raised on simulated accounts, held against the incidents that were planted in them: once with
 * expectations of who was meant to use which key, once with none.
 * With `--variants`, without expectations only, in every variant of what AWS leaves open.
 * `npm run eval:alerts -- --seeds 1-4 --variants --only hourly --list`
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-3' },
    list: { type: 'boolean', default: false },
    variants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});

/** Five weeks of three accounts: long enough for keys to be learned and for a use to stop. */
const busyAccount: SimulationOptions = {
  ...DEFAULT_OPTIONS,
  uses: 120_000,
  days: 35,
  jobsPerDay: 40,
  keys: 60,
  principals: 150,
  otherShare: 0.3,
  compressionLevel: 0,
};

/** The accounts in which the join is judged, for long enough that keys are learned. */
const LONG = { days: 21, uses: 30_000, jobsPerDay: 20, keys: 30, incidents: true };

const [from = 1, to = from] = values.seeds.split('-').map(Number);
const named: [string, SimulationOptions][] = values.variants ? [] : [['sample', sampleAccount]];
for (let seed = from; seed <= to; seed++) {
  if (!values.variants) named.push([`busy, seed ${seed}`, { ...busyAccount, seed }]);
  else
    for (const [name, variant] of Object.entries(VARIANTS))
      named.push([`${name}, seed ${seed}`, { ...variant, ...LONG, seed }]);
}

const accounts = named.filter(([name]) => name.includes(values.only));

/** Rules about single calls, which say no more than that the call was made. */
const ABOUT_KEYS: ReadonlySet<string> = new Set(['key-policy-changed', 'key-replicated', 'alias-moved']);
/** Rules that need to know what was recorded at all. */
const OF_COVERAGE = new Set(['coverage-lost', 'drill-missed']);
/** Nobody is new on a key before it is learned. */
const NEEDS_LEARNING = 'first-seen-principal';
interface Figure {
  planted: number;
  found: number;
  false: number;
  also: number;
}

const results: Record<string, object> = {};
for (const areExpectationsWritten of values.variants ? [false] : [true, false]) {
  const figures = new Map<string, Figure>();
  const figureOf = (rule: string) => {
    const known = figures.get(rule) ?? { planted: 0, found: 0, false: 0, also: 0 };
    figures.set(rule, known);
    return known;
  };
  for (const rule of RULE_IDS) figureOf(rule);
  const sum = { uses: 0, planted: 0, found: 0, false: 0, events: 0, eventsOfJobs: 0 };
  for (const [name, options] of accounts) {
    const account = await accountWithAlerts(name, options, areExpectationsWritten);
    sum.uses += account.uses;
    const learnedMs = learnedMsOf(options);
    const isDue = (incident: IncidentTruth) => {
      const { rule, time } = incident;
      if (OF_COVERAGE.has(rule)) return false;
      // Only an expectation says that a key is retired.
      if (rule === 'retired-key-encrypts') return areExpectationsWritten;
      // Who is expected to use the key as a person, too, raises nothing.
      if (rule === 'use-without-job') return !account.isExpected(incident, 'outside jobs');
      if (rule === 'undeclared-key') return !account.isExpected(incident, 'by jobs');
      return rule !== NEEDS_LEARNING || Date.parse(time) >= learnedMs;
    };
    const incidents = account.incidents.filter(isDue);
    addTo(sum, account);
    for (const incident of incidents) {
      const rule = ruleFor(incident, areExpectationsWritten);
      const isFound = account.alerts.some((alert) => alert.rule === rule && isOf(alert, incident));
      sum.planted++;
      figureOf(rule).planted++;
      if (isFound) {
        sum.found++;
        figureOf(rule).found++;
      } else if (values.list) say(`missed in ${name}: ${JSON.stringify(incident)}`);
    }
    for (const alert of account.alerts) {
      const of = incidents.filter((incident) => isOf(alert, incident));
      if (of.some(({ rule }) => rule === alert.rule)) continue;
      const isRight =
        of.length > 0 ||
        isAboutPlanted(alert, account.incidents) ||
        isBareJob(alert, account) ||
        isOfNoJob(alert, account) ||
        isNewcomer(alert, account) ||
        ABOUT_KEYS.has(alert.rule);
      if (isRight) figureOf(alert.rule).also++;
      else if (alert.lastMs >= learnedMs) {
        sum.false++;
        figureOf(alert.rule).false++;
        if (values.list) say(`false in ${name}: ${JSON.stringify(alert)}`);
      }
    }
    say(
      `${name}: ${account.uses} uses after learning, ${account.alerts.length} alerts, detection took ${account.detectionSeconds.toFixed(1)} s`,
    );
  }
  const setting = areExpectationsWritten ? 'expectations written' : 'no expectations';
  console.log(setting);
  printTable(
    ['rule', 'planted', 'found', 'missed', 'false', 'rightly beside'],
    [...figures].map(([rule, figure]) => [
      rule,
      figure.planted,
      figure.found,
      figure.planted - figure.found,
      figure.false,
      figure.also,
    ]),
  );
  const perTenThousand = (sum.false * 10_000) / sum.uses;
  console.log(`${perTenThousand.toFixed(2)} false alerts for each 10,000 uses after learning`);
  console.log(`${sum.eventsOfJobs} of ${sum.events} uses shown by use-without-job are a job's\n`);
  results[setting] = { ...sum, perTenThousand, rules: Object.fromEntries(figures) };
}
printResult('eval-alerts', results);

/** Adds which uses the alerts of use-without-job show, and how many of these a job made. */
function addTo(
  sum: { events: number; eventsOfJobs: number },
  { alerts, outsideJobs }: AccountWithAlerts,
): void {
  for (const { events } of alerts.filter(({ rule }) => rule === 'use-without-job')) {
    sum.events += events.length;
    sum.eventsOfJobs += events.filter((eventId) => !outsideJobs.has(eventId)).length;
  }
}

/** The rule that is for an incident. On a key with expectations nobody is new: another rule is for it. */
function ruleFor({ rule }: IncidentTruth, areExpectationsWritten: boolean): string {
  return areExpectationsWritten && rule === NEEDS_LEARNING ? 'unexpected-principal' : rule;
}

/** Whether an alert is of what was planted: by its rule, or by one that may fire on the same; nothing both name differs. */
function isOf({ rule, subject }: RaisedAlert, incident: IncidentTruth): boolean {
  if (rule !== incident.rule && incident.alsoRules?.includes(rule) !== true) return false;
  const members = ['keyArn', 'principalId', 'grantee', 'jobArn', 'accountId', 'region'] as const;
  return members.every(
    (member) =>
      subject[member] === undefined ||
      incident[member] === undefined ||
      subject[member] === incident[member] ||
      (member === 'principalId' && isNamedByAccount(subject.principalId, incident.principalId)),
  );
}

/** Where only the key's owner logged a use, its record does not tell the caller's name. */
function isNamedByAccount(principalId = '', arn = ''): boolean {
  return !principalId.startsWith('arn:') && principalId.startsWith(`${arn.split(':')[4]}/`);
}

/** Whether an alert is about the key and principal of something planted, or its uses, by a rule the truth does not name. */
function isAboutPlanted(
  { subject, events, count }: RaisedAlert,
  incidents: readonly IncidentTruth[],
): boolean {
  return incidents.some(({ keyArn, principalId, eventIds = [] }) => {
    const isPair =
      keyArn === subject.keyArn &&
      subject.principalId !== undefined &&
      (principalId === subject.principalId || isNamedByAccount(subject.principalId, principalId));
    const isOfEvents = events.some((id) => eventIds.includes(id));
    return (
      (isPair && isOfEvents) ||
      (count === events.length && count > 0 && events.every((id) => eventIds.includes(id)))
    );
  });
}

/** Whether nobody of the family had truly used the key before, though nobody was planted. */
function isNewcomer({ rule, subject }: RaisedAlert, { firstUses, jobs }: AccountWithAlerts): boolean {
  const { keyArn, principalId } = subject;
  if (rule !== 'first-seen-principal' || keyArn === undefined || principalId === undefined) return false;
  const declaring = jobs.filter(({ declaredKeys }) => Object.values(declaredKeys).includes(keyArn));
  return firstUses.isNewcomer(keyArn, principalId, new Set(declaring.map(({ jobArn }) => jobArn)));
}

/**
 * Whether the role of a job was truly used for no job, or for one that is not on record: people and services of the account
 * use such roles too.
 */
function isOfNoJob({ rule, events }: RaisedAlert, { outsideJobs }: AccountWithAlerts): boolean {
  if (rule === 'use-outside-job-window') return events.every((eventId) => outsideJobs.has(eventId));
  return rule === 'use-without-job' && events.some((eventId) => outsideJobs.has(eventId));
}

/** Whether a job truly has no key for something: the planted ones are only those whose request was recorded. */
function isBareJob({ rule, subject }: RaisedAlert, { jobs }: AccountWithAlerts): boolean {
  if (rule !== 'job-not-encrypted-with-customer-key') return false;
  return jobs.some(
    ({ jobArn, declaredKeys }) =>
      jobArn === subject.jobArn && (declaredKeys.output === undefined || declaredKeys.volume === undefined),
  );
}
