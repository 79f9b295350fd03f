import { describe, expect, it } from 'vitest';
import type { SimulatedFile } from '../../simulator/delivery.ts';
import { simulate } from '../../simulator/simulate.ts';
import type { IncidentTruth, KmsTruth } from '../../simulator/truth.ts';
import { VARIANTS } from '../../simulator/variants.ts';
import { RULE_IDS } from '../../src/alerts/rule-id.ts';

interface Identity {
  readonly arn?: string;
  readonly accessKeyId?: string;
  readonly sessionContext?: { readonly attributes?: { readonly creationDate?: string } };
}

interface RecordOfJob {
  readonly truth: KmsTruth;
  readonly session: string;
  readonly role: string;
  readonly accessKeyId: string | undefined;
  readonly began: string | undefined;
}

/** The KMS calls under roles in a variant, with the truth of each. */
function usesIn(name: string): readonly RecordOfJob[] {
  const options = VARIANTS[name];
  if (options === undefined) throw new Error(name);
  const truths = new Map<string, KmsTruth>();
  const files = [
    ...simulate(
      { ...options, seed: 3, days: 2, uses: 3000 },
      { onTruth: (line) => line.truth === 'kms' && truths.set(line.eventId, line) },
    ),
  ];
  return files.flatMap(recordsOf).flatMap(({ eventID, userIdentity }) => {
    const [, role, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(userIdentity?.arn ?? '') ?? [];
    const truth = truths.get(eventID);
    return truth === undefined || role === undefined || session === undefined
      ? []
      : [
          {
            truth,
            role,
            session,
            accessKeyId: userIdentity?.accessKeyId,
            began: userIdentity?.sessionContext?.attributes?.creationDate,
          },
        ];
  });
}

function recordsOf(file: SimulatedFile): { readonly eventID: string; readonly userIdentity?: Identity }[] {
  return file.kind === 'cloudtrail' ? JSON.parse(file.bytes.toString('utf8')).Records : [];
}

const shortName = (arn: string | null) => arn?.slice(arn.lastIndexOf('/') + 1) ?? '';

/** The uses of jobs of a type by the role of a job. */
const ofType = (uses: readonly RecordOfJob[], type: string) =>
  uses.filter(
    ({ truth, role }) =>
      truth.jobArn?.includes(`:${type}/`) === true && role.startsWith('SimulatedSageMaker'),
  );

describe('a variant', () => {
  it.each(Object.keys(VARIANTS))('has uses of jobs, and of others under their roles: %s', (name) => {
    const uses = usesIn(name).filter(({ role }) => role.startsWith('SimulatedSageMaker'));
    expect(uses.filter(({ truth }) => truth.jobArn !== null).length).toBeGreaterThan(100);
    expect(uses.filter(({ truth }) => truth.jobArn === null).length).toBeGreaterThan(10);
  });

  it('calls the sessions of each kind in another way', () => {
    const uses = usesIn('sessions by kind');
    for (const { session, truth } of ofType(uses, 'training-job'))
      expect(session).toBe(`SageMaker-${shortName(truth.jobArn)}`);
    for (const { session } of ofType(uses, 'processing-job')) expect(session).toMatch(/^[0-9a-f]{32}$/);
    for (const { session } of ofType(uses, 'endpoint')) expect(session).toMatch(/^serving-/);
  });

  it('gives a job other credentials every hour', () => {
    const byJob = Map.groupBy(
      ofType(usesIn('hourly credentials'), 'notebook-instance'),
      ({ truth }) => truth.jobArn,
    );
    const begun = [...byJob.values()].map((ofJob) => new Set(ofJob.map(({ began }) => began)));
    expect(Math.max(...begun.map(({ size }) => size))).toBeGreaterThan(2);
  });

  it('lets the jobs of a role share credentials', () => {
    const bySession = Map.groupBy(
      ofType(usesIn('shared credentials'), 'training-job'),
      ({ role, began }) => `${role} ${began}`,
    );
    const jobs = [...bySession.values()].map((uses) => new Set(uses.map(({ truth }) => truth.jobArn)).size);
    expect(Math.max(...jobs)).toBeGreaterThan(1);
  });

  it('has the jobs of one role in two Regions, of which some began in one second', () => {
    const uses = ofType(usesIn('Regions, no access key'), 'training-job');
    const bySecond = Map.groupBy(uses, ({ role, began }) => `${role} ${began}`);
    const regions = [...bySecond.values()].map((some) => new Set(some.map(({ truth }) => truth.region)).size);
    expect(Math.max(...regions)).toBe(2);
    expect(uses.every(({ accessKeyId }) => accessKeyId === '')).toBe(true);
  });
});

/** The incidents of a variant in which keys are learned, and the ids of the records that it has. */
function incidentsIn(name: string) {
  const options = VARIANTS[name];
  if (options === undefined) throw new Error(name);
  const incidents: IncidentTruth[] = [];
  const long = { days: 21, uses: 6000, jobsPerDay: 20, keys: 30, incidents: true, seed: 5 };
  const files = simulate(
    { ...options, ...long },
    { onTruth: (line) => line.truth === 'incident' && incidents.push(line) },
  );
  const ids = new Set([...files].flatMap(recordsOf).map(({ eventID }) => eventID));
  return { incidents, ids };
}

/** In a session that jobs share, only an object of its own tells a job from the others. */
const MEANT: Readonly<Record<string, number>> = { 'use-outside-job-window': 3, 'undeclared-key': 2 };
const IN_SHARED: typeof MEANT = { 'use-outside-job-window': 2, 'undeclared-key': 1 };
/** Nothing shows when a job ended. */
const WITHOUT_ENDS: typeof MEANT = { 'use-outside-job-window': 1 };

describe('the incidents of a variant', () => {
  it.each([
    ['sessions alike', MEANT],
    ['hourly, no access key', MEANT],
    ['shared, no access key', { ...MEANT, ...IN_SHARED }],
    ['no state changes', { ...MEANT, ...WITHOUT_ENDS }],
    ['Regions, hourly', MEANT],
    ['endpoints, hourly', MEANT],
  ])('are one at least for every rule, and their records are there: %s', (name, meant) => {
    const { incidents, ids } = incidentsIn(name);
    const byRule = Map.groupBy(incidents, ({ rule }) => rule);
    // On a key with expectations nobody is new: the rule that is for a newcomer then is unexpected-principal.
    const without = RULE_IDS.filter((rule) => !byRule.has(rule) && rule !== 'unexpected-principal');
    expect(without).toEqual([]);
    for (const [rule, count] of Object.entries(meant))
      expect([rule, byRule.get(rule)?.length]).toEqual([rule, count]);
    for (const id of incidents.flatMap(({ eventIds = [] }) => eventIds)) expect(ids.has(id), id).toBe(true);
  });
});
