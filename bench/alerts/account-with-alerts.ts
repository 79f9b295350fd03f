import { gunzipSync } from 'node:zlib';
import type { SimulatedFile } from '../../simulator/delivery.ts';
import { simulate } from '../../simulator/simulate.ts';
import type { SimulationOptions } from '../../simulator/simulation-options.ts';
import type { IncidentTruth, JobTruth, KmsTruth } from '../../simulator/truth.ts';
import { evidenceOf } from '../../src/alerts/alert.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import { FirstSeenIndex } from '../../src/alerts/detect/first-seen-index.ts';
import { runDetection } from '../../src/alerts/detect/run-detection.ts';
import { familyOf } from '../../src/alerts/principal-family.ts';
import type { RuleId } from '../../src/alerts/rule-id.ts';
import { listAlerts } from '../../src/alerts/store/alert-store.ts';
import type { Subject } from '../../src/alerts/subject.ts';
import { kindOfIdentityArn } from '../../src/cloudtrail/identity-arn.ts';
import { compileExpectations } from '../../src/expectations/compile-expectations.ts';
import type { Expectation } from '../../src/expectations/expectation.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { makeDurable } from '../../src/ingest/make-durable.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { readAt } from '../../test/builders/read-at.ts';
import { MemoryTable } from '../../test/table/memory-table.ts';

/** An alert, as far as it is held against the truth. */
export interface RaisedAlert {
  readonly rule: RuleId;
  readonly subject: Subject;
  readonly count: number;
  readonly events: readonly string[];
  /** Epoch milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A simulated account and the alerts that detection raised over all of it. */
export interface AccountWithAlerts {
  readonly name: string;
  readonly incidents: readonly IncidentTruth[];
  readonly jobs: readonly JobTruth[];
  readonly alerts: readonly RaisedAlert[];
  /** Whether some expectation, where they are written, allows a principal to use a key. */
  readonly isExpected: (incident: IncidentTruth, how: 'by jobs' | 'outside jobs') => boolean;
  /** By key, and by key and family: the first use in truth. */
  readonly firstUses: FirstUses;
  /** Event ids of the uses that no job made, or one that no record is about. */
  readonly outsideJobs: ReadonlySet<string>;
  /** Distinct uses after the learning period of keys that are used from the start. */
  readonly uses: number;
  readonly detectionSeconds: number;
}

const ROWS_IN_BATCH = 20_000;

/** Simulates an account, records its logs, seals them and runs detection. */
export async function accountWithAlerts(
  name: string,
  options: SimulationOptions,
  areExpectationsWritten: boolean,
): Promise<AccountWithAlerts> {
  const incidents: IncidentTruth[] = [];
  const learnedMs = learnedMsOf(options);
  const outsideJobs = new Set<string>();
  const firstUses = new FirstUses();
  const customs = new Customs();
  const jobs: JobTruth[] = [];
  let uses = 0;
  const files = simulate(options, {
    onTruth: (line) => {
      if (line.truth === 'incident') incidents.push(line);
      else if (line.truth === 'job') jobs.push(line);
      else if (line.duplicateOf === undefined) {
        customs.add(line);
        firstUses.add(line);
        if (line.jobArn === null || line.jobKnown === false) outsideJobs.add(line.eventId);
        if (line.delivered > 0 && Date.parse(line.eventTime) >= learnedMs) uses++;
      }
    },
  });
  const table = new MemoryTable();
  const gatherer = new RecordGatherer(Buffer.from('alerts'), readAt);
  const keeping = { table, keepLarge: async () => {} };
  for (const file of files) {
    for (const value of valuesOf(file)) gatherer.take(value);
    if (gatherer.rows >= ROWS_IN_BATCH) await makeDurable(gatherer.finish(), keeping);
  }
  await makeDurable(gatherer.finish(), keeping);
  await sealAll(table, 'bench', 'import');
  const started = performance.now();
  const endMs = Date.parse(options.startTime) + options.days * 86_400_000;
  const expectations = areExpectationsWritten ? customs.expectations(incidents) : [];
  const judge = compileExpectations(expectations);
  const isExpected: AccountWithAlerts['isExpected'] = ({ keyArn = '', principalId = '' }, how) =>
    expectations.some(
      ({ keys, principals, only }) =>
        (how === 'by jobs' || only === undefined) &&
        keys.includes(keyArn) &&
        principals.includes(principalId),
    );
  await runDetection({
    table,
    history: new History(table),
    seen: new FirstSeenIndex(table, DEFAULT_DETECTION_SETTINGS.learningMs),
    expectations: async () => judge,
    recordNeeded: async () => {},
    settings: DEFAULT_DETECTION_SETTINGS,
    now: () => endMs + 86_400_000,
  });
  const detectionSeconds = (performance.now() - started) / 1000;
  const alerts = (await listAlerts(table))
    .filter(({ state }) => state === 'open')
    .flatMap(({ rule, subject, days }) => {
      const evidence = evidenceOf(days);
      return evidence === undefined ? [] : [{ rule, subject, ...evidence }];
    });
  return {
    ...{ name, incidents, jobs, alerts, firstUses, outsideJobs, uses, detectionSeconds },
    isExpected,
  };
}

/** When keys that are used from the start have been learned, epoch milliseconds. */
export function learnedMsOf({ startTime }: Pick<SimulationOptions, 'startTime'>): number {
  return Date.parse(startTime) + DEFAULT_DETECTION_SETTINGS.learningMs;
}

type UseTruth = Omit<KmsTruth, 'keyArn' | 'sourceKeyArn'>;

/** Who was first on each key, in truth: as far as it was recorded. */
class FirstUses {
  readonly #byKey = new Map<string, number>();
  readonly #byFamily = new Map<string, { readonly ms: number; readonly jobArn: string | null }>();

  add({ keyArn, sourceKeyArn, ...use }: KmsTruth): void {
    for (const key of [keyArn, sourceKeyArn]) if (key !== undefined) this.#addUse(key, use);
  }

  #addUse(keyArn: string, { principalId, operation, outcome, eventTime, delivered, jobArn }: UseTruth): void {
    if (delivered === 0 || outcome === 'probe' || /^(?:Describe|Get|List)/.test(operation)) return;
    const ms = Date.parse(eventTime);
    this.#byKey.set(keyArn, Math.min(ms, this.#byKey.get(keyArn) ?? ms));
    const name = `${keyArn} ${familyOfId(principalId)}`;
    const known = this.#byFamily.get(name);
    if (known === undefined || ms < known.ms) this.#byFamily.set(name, { ms, jobArn });
  }

  /** Whether the first of a family came to a key after its learning, and not for one of some jobs. */
  isNewcomer(keyArn: string, principalId: string, declaring: ReadonlySet<string>): boolean {
    const first = this.#byFamily.get(`${keyArn} ${familyOfId(principalId)}`);
    const keyMs = this.#byKey.get(keyArn);
    if (first === undefined || keyMs === undefined || declaring.has(first.jobArn ?? '')) return false;
    return first.ms >= keyMs + DEFAULT_DETECTION_SETTINGS.learningMs;
  }
}

function familyOfId(principalId: string): string {
  return familyOf({ id: principalId, type: kindOfIdentityArn(principalId) ?? 'unknown' }) ?? principalId;
}

/** What the accounts' builders meant: who was given which key, and which of them for jobs alone. */
class Customs {
  /** By key and principal, the uses that are no job's. */
  readonly #pairs = new Map<string, { keyArn: string; principalId: string; outsideJobs: Set<string> }>();
  /** The ids of all uses of a pair. */
  readonly #uses = new Map<string, Set<string>>();

  add({ keyArn, sourceKeyArn, principalId, jobArn, eventId }: KmsTruth): void {
    for (const key of [keyArn, sourceKeyArn]) {
      if (key === undefined) continue;
      const name = `${key} ${principalId}`;
      const pair = this.#pairs.get(name) ?? { keyArn: key, principalId, outsideJobs: new Set<string>() };
      this.#pairs.set(name, pair);
      if (jobArn === null) pair.outsideJobs.add(eventId);
      this.#uses.set(name, (this.#uses.get(name) ?? new Set()).add(eventId));
    }
  }

  /** @param incidents what was planted, which nobody meant */
  expectations(incidents: readonly IncidentTruth[]): Expectation[] {
    const planted = new Set(incidents.flatMap(({ eventIds }) => eventIds ?? []));
    // Uses over accounts are planted as pairs, and go on.
    const pairs = new Set(
      incidents.flatMap(({ rule, keyArn, principalId }) =>
        rule === 'cross-account-use' ? [`${keyArn} ${principalId}`] : [],
      ),
    );
    const isMeant = (ids: ReadonlySet<string>) => [...ids].some((id) => !planted.has(id));
    const ofPairs = [...this.#pairs].flatMap(([name, { keyArn, principalId, outsideJobs }], number) => {
      if (pairs.has(name) || !isMeant(this.#uses.get(name) ?? new Set())) return [];
      const principal = principalId.endsWith('.amazonaws.com') ? `service:${principalId}` : principalId;
      return [
        {
          id: `custom-${number}`,
          keys: [keyArn],
          principals: [principal],
          operations: ['cryptographic', 'grant', 'management'],
          ...(isMeant(outsideJobs) ? {} : { only: { jobs: true as const } }),
          owner: 'builders',
          reason: 'what the account was built for',
        },
      ];
    });
    return [...ofPairs, ...retirements(incidents)];
  }
}

/** Keys that were replaced are retired from when somebody went on encrypting with them. */
function retirements(incidents: readonly IncidentTruth[]): Expectation[] {
  return incidents.flatMap(({ rule, keyArn, principalId, time }, number) =>
    rule !== 'retired-key-encrypts' || keyArn === undefined || principalId === undefined
      ? []
      : [
          {
            id: `retired-${number}`,
            ...{ keys: [keyArn], principals: [principalId], operations: ['Decrypt'] },
            retired: true,
            ...{ owner: 'builders', reason: 'replaced', from: time },
          },
        ],
  );
}

function valuesOf(file: SimulatedFile): readonly unknown[] {
  const text = (file.path.endsWith('.gz') ? gunzipSync(file.bytes) : file.bytes).toString('utf8');
  if (file.kind === 'eventbridge') {
    return text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  }
  const log: { readonly Records: readonly unknown[] } = JSON.parse(text);
  return log.Records;
}
