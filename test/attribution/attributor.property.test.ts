import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Attributor, type JobEvidence } from '../../src/attribution/attributor.ts';
import { subjectsOf } from '../../src/attribution/changes.ts';
import type { JudgedUse } from '../../src/attribution/judgement.ts';
import { isRoleKeySubject } from '../../src/attribution/subjects.ts';
import { DayObservations } from '../../src/history/pages/dependencies.ts';
import type { Job } from '../../src/sagemaker/job.ts';
import type { GrantFact, SessionFact } from '../../src/sagemaker/job-fact.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { accountId, aGrant, aJob, arnOf, aSession, at, aUse, dayOf, keyNumbered } from './evidence.ts';

/** Few names, so that evidence meets: jobs, roles, sessions, volumes and places are often the same ones. */
const names = fc.constantFrom('job-a', 'job-b', 'job-c');
const hashes = fc.constantFrom('h1', 'h2', 'h3');
const minutes = fc.integer({ min: -100, max: 200 });
const roles = fc.constantFrom('R1', 'R2').map((name) => `arn:aws:iam::${accountId}:role/x/${name}`);
const keys = fc.integer({ min: 1, max: 2 }).map(keyNumbered);
const volumes = fc.constantFrom('vol-0123456789abcdef0', 'vol-0123456789abcdef1');

const jobs: fc.Arbitrary<Job> = fc
  .record({
    name: names,
    created: minutes,
    lasts: fc.integer({ min: 5, max: 300 }),
    type: fc.constantFrom('training-job', 'endpoint', 'job', 'automl-job'),
    role: roles,
    key: keys,
    reads: names,
    isEndKnown: fc.boolean(),
  })
  .map(({ name, created, lasts, type, role, key, reads, isEndKnown }) =>
    aJob(
      name,
      { created, ended: isEndKnown ? created + lasts : Number.POSITIVE_INFINITY },
      {
        type,
        roleArns: [role],
        volumeKeys: [key],
        inputs: [{ bucket: 'models', prefix: `train/${reads}` }],
        launcher: { type: 'role', id: `arn:aws:iam::${accountId}:role/x/R2` },
      },
    ),
  );

const grants: fc.Arbitrary<GrantFact> = fc
  .record({
    grantId: fc.constantFrom('g1', 'g2'),
    timeMs: minutes.map(at),
    creator: fc.oneof(roles, fc.constant('sagemaker.amazonaws.com')),
    keyArn: keys,
    value: fc.oneof(
      volumes,
      names.map((name) => arnOf(name, 'job')),
    ),
    accessKeyHash: hashes,
    start: minutes,
  })
  .map(({ value, start, ...members }) =>
    aGrant(members.grantId, { ...members, contextValues: [value], sessionStartMs: at(start) }),
  );

const sessions: fc.Arbitrary<SessionFact> = fc
  .record({
    hash: hashes,
    timeMs: minutes.map(at),
    jobName: fc.option(names, { nil: undefined }),
    roleArn: roles,
  })
  .map(({ hash, jobName, ...members }) =>
    aSession(
      hash,
      jobName === undefined ? members : { ...members, is: 'job', jobType: 'training-job', jobName },
    ),
  );

const uses: fc.Arbitrary<JudgedUse> = fc
  .record({
    time: minutes,
    keyArn: keys,
    operation: fc.constantFrom('Decrypt', 'GenerateDataKey', 'RetireGrant', 'CreateGrant'),
    role: roles,
    kind: fc.constantFrom('role', 'service', 'account'),
    sessionName: fc.constantFrom('SageMaker', 'job-a', 'x@example.com', 'other'),
    context: fc.oneof(
      names.map((name) => ({ 'aws:s3:arn': `arn:aws:s3:::models/train/${name}/x` })),
      fc.constant({ 'aws:s3:arn': 'arn:aws:s3:::models' }),
      volumes.map((volumeId) => ({ 'aws:ebs:id': volumeId })),
      names.map((name) => ({ 'aws:sagemaker:finetuning-job-arn': arnOf(name, 'job') })),
      fc.constant({}),
    ),
    grantId: fc.option(fc.constantFrom('g1', 'g2'), { nil: undefined }),
    hash: fc.option(hashes, { nil: undefined }),
    start: minutes,
  })
  .map(({ time, kind, role, sessionName, context, grantId, hash, start, ...members }) =>
    aUse({
      ...members,
      eventTimeMs: at(time),
      principal:
        kind === 'role'
          ? { type: 'role', id: role, accountId, session: sessionName }
          : kind === 'service'
            ? { type: 'service', id: 'sagemaker.amazonaws.com' }
            : { type: 'account', id: `${accountId}/AROA`, accountId, session: sessionName },
      encryptionContext: context,
      ...(grantId === undefined ? {} : { grant: { id: grantId } }),
      join: { sessionStartMs: at(start), ...(hash === undefined ? {} : { accessKeyHash: hash }) },
    }),
  );

/** Runs are told apart by their ids, which no two jobs share. */
const evidence: fc.Arbitrary<JobEvidence> = fc.record({
  jobs: fc.uniqueArray(jobs, { selector: ({ id }) => id, maxLength: 6 }),
  grants: fc.uniqueArray(grants, { selector: ({ grantId }) => grantId, maxLength: 3 }),
  sessions: fc.array(sessions, { maxLength: 4 }),
});

function observationsOf(attributor: Attributor, day: readonly JudgedUse[]): DayObservations {
  const observations = new DayObservations();
  for (const use of day) observations.add(attributor.observe(use));
  return observations;
}

function shuffled<Item>(items: readonly Item[], by: number): Item[] {
  const turn = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(turn), ...items.slice(0, turn)].reverse();
}

describe('the judgement', () => {
  test('depends on sets, not on their order', () => {
    fc.assert(
      fc.property(evidence, fc.array(uses, { maxLength: 8 }), uses, fc.nat(), (known, day, use, by) => {
        const one = new Attributor(known);
        const other = new Attributor({
          jobs: shuffled(known.jobs, by),
          grants: shuffled(known.grants, by),
          sessions: shuffled(known.sessions, by),
        });
        const judgement = other.judge(use, dayOf(other, shuffled(day, by)));
        expect(judgement).toEqual(one.judge(use, dayOf(one, day)));
      }),
      { numRuns: fuzzRuns(600) },
    );
  });

  test('is one job where it is not ambiguous, none where it is none, and says why', () => {
    fc.assert(
      fc.property(evidence, fc.array(uses, { maxLength: 8 }), uses, (known, day, use) => {
        const attributor = new Attributor(known);
        const { status, jobs: listed, reasons } = attributor.judge(use, dayOf(attributor, day));
        const counts = { none: [0], ambiguous: [1, 2, 3, 4, 5, 6], exact: [1], strong: [1], probable: [1] };
        expect(counts[status]).toContain(listed.length);
        expect(reasons === undefined).toBe(status !== 'none');
        expect(listed.every((job) => job.reasons.length > 0)).toBe(true);
        expect(new Set(listed.map(({ arn }) => arn)).size).toBe(listed.length);
      }),
      { numRuns: fuzzRuns(600) },
    );
  });

  test('stays as it is while nothing that it asked for changed in the time of its use', () => {
    const isNew = <Item>(items: readonly Item[], left: (item: Item) => boolean): Item[] => items.filter(left);
    fc.assert(
      fc.property(evidence, fc.array(uses, { maxLength: 8 }), uses, fc.nat(), (after, day, use, seed) => {
        const stays = (_: unknown, index = seed): boolean => ((seed >> (index % 8)) & 1) === 1;
        let count = 0;
        const left = (): boolean => stays(undefined, count++);
        const before: JobEvidence = {
          jobs: isNew(after.jobs, left),
          grants: isNew(after.grants, left),
          sessions: isNew(after.sessions, left),
        };
        const late = new Attributor(after);
        const early = new Attributor(before);
        const asked = new Set<string>();
        // What the day taught is held still: it changes with the uses' own evidence.
        const learned = dayOf(late, day, asked);
        const judgement = early.judge(use, learned);
        const isConcerned = subjectsOf(before, after).some(
          ({ subject, fromMs, toMs }) =>
            asked.has(subject) && use.eventTimeMs >= fromMs && use.eventTimeMs < toMs,
        );
        if (!isConcerned) {
          expect(late.judge(use, learned)).toEqual(judgement);
        }
      }),
      { numRuns: fuzzRuns(1_500) },
    );
  });

  test('stays as it is while the day teaches nothing else of what it asked for', () => {
    fc.assert(
      fc.property(
        evidence,
        fc.array(uses, { maxLength: 12 }),
        fc.array(uses, { maxLength: 4 }),
        uses,
        (known, day, more, use) => {
          const attributor = new Attributor(known);
          const asked = new Set<string>();
          const judgement = attributor.judge(use, dayOf(attributor, day, asked));
          const [before, after] = [
            observationsOf(attributor, day),
            observationsOf(attributor, [...day, ...more]),
          ];
          const differences = after.differencesTo(before);
          const isConcerned = [...asked].some((subject) => {
            const jobs = differences.get(subject);
            return (
              jobs !== undefined &&
              (!isRoleKeySubject(subject) ||
                [...jobs].some((id) => attributor.mayBeAlive(id, use.eventTimeMs, use.eventTimeMs + 1)))
            );
          });
          if (!isConcerned) {
            expect(attributor.judge(use, dayOf(attributor, [...day, ...more]))).toEqual(judgement);
          }
        },
      ),
      { numRuns: fuzzRuns(1_500) },
    );
  });
});
