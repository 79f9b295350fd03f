import type { Job } from '../sagemaker/job.ts';
import type { GrantFact, SessionFact } from '../sagemaker/job-fact.ts';
import type { Evidence } from './attributor.ts';
import { ownBucketsOf } from './author-index.ts';
import { type Candidate, candidateOf, provisioningMs } from './candidate.ts';
import { volumesOf } from './grant-book.ts';
import { roleKeyOf } from './role-key.ts';
import { subject } from './subjects.ts';
import { canonicalText } from './text-order.ts';

/** A subject whose evidence changed, and the uses that it concerns: those from `fromMs` until before `toMs`. */
export interface Change {
  readonly subject: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What has to be judged again when evidence arrives: the uses of these times whose judgement asked for these
 * subjects. A job concerns the uses of its role while it lives, and later ones of what it wrote; a grant, or the
 * credentials that made one, every use that names it or its volume.
 */
export function subjectsOf(before: Evidence, after: Evidence): readonly Change[] {
  const changes = new Map<string, Change>();
  const jobs = differing(before.jobs, after.jobs).map((job) =>
    candidateOf(job, after.resolveKey ?? before.resolveKey),
  );
  const sessions = differing(before.sessions, after.sessions);
  const found = [
    ...jobs.flatMap(changesOfJob),
    ...sessions.map(({ accessKeyHash }) => ofAllTimes(subject.session(accessKeyHash))),
    ...differing(before.grants, after.grants).flatMap(changesOfGrant),
    ...concerned([...before.grants, ...after.grants], jobs, sessions).flatMap(changesOfGrant),
  ];
  for (const change of found) {
    changes.set(`${change.subject} ${change.fromMs} ${change.toMs}`, change);
  }
  return [...changes.values()];
}

function changesOfJob(candidate: Candidate): readonly Change[] {
  const { job, fromMs, toMs } = candidate;
  const later = { fromMs: fromMs - provisioningMs, toMs: Number.POSITIVE_INFINITY };
  return [
    ...rolesOf(candidate).map((roleKey) => ({ subject: subject.role(roleKey), fromMs, toMs })),
    { subject: subject.arn(job.arn), fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY },
    ...[...ownBucketsOf(candidate)].map((bucket) => ({ subject: subject.written(bucket), ...later })),
  ];
}

function changesOfGrant(grant: GrantFact): readonly Change[] {
  return [
    ofAllTimes(subject.grant(grant.grantId)),
    ...volumesOf(grant).map((volumeId) => ofAllTimes(subject.volume(volumeId))),
  ];
}

/** The grants whose owners may be others now: made by a changed job's role in its time, or by a changed session. */
function concerned(
  grants: readonly GrantFact[],
  jobs: readonly Candidate[],
  sessions: readonly SessionFact[],
): readonly GrantFact[] {
  const hashes = new Set(sessions.map(({ accessKeyHash }) => accessKeyHash));
  const byRole = new Map<string, Candidate[]>();
  for (const candidate of jobs) {
    for (const roleKey of rolesOf(candidate)) {
      byRole.set(roleKey, [...(byRole.get(roleKey) ?? []), candidate]);
    }
  }
  return grants.filter(({ accessKeyHash, creator, timeMs }) => {
    const roleKey = creator === undefined ? undefined : roleKeyOf(creator);
    const ofRole = roleKey === undefined ? undefined : byRole.get(roleKey);
    return (
      (accessKeyHash !== undefined && hashes.has(accessKeyHash)) ||
      ofRole?.some(({ fromMs, toMs }) => timeMs >= fromMs && timeMs < toMs) === true
    );
  });
}

function rolesOf({ job }: Candidate): readonly string[] {
  return job.roleArns.map(roleKeyOf).filter((roleKey) => roleKey !== undefined);
}

function ofAllTimes(about: string): Change {
  return { subject: about, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
}

/** What only one of two sets has. */
function differing<Item extends Job | GrantFact | SessionFact>(
  before: readonly Item[],
  after: readonly Item[],
): readonly Item[] {
  const old = new Map(before.map((item) => [canonicalText(item), item]));
  const now = new Map(after.map((item) => [canonicalText(item), item]));
  return [...[...old].filter(([text]) => !now.has(text)), ...[...now].filter(([text]) => !old.has(text))].map(
    ([, item]) => item,
  );
}
