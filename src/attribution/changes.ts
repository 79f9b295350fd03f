import { accountOfArn } from '../cloudtrail/identity-arn.ts';
import type { Job } from '../sagemaker/job.ts';
import type { GrantFact, SessionFact } from '../sagemaker/job-fact.ts';
import { canonicalText } from '../text/text-order.ts';
import type { JobEvidence } from './attributor.ts';
import { authorSubjectsOf } from './author-index.ts';
import { type Candidate, candidateOf, provisioningMs } from './candidate.ts';
import { volumesOf } from './grant-index.ts';
import { roleKeyOf } from './role-key.ts';
import { runningResourceOf } from './running-resource.ts';
import { issuedNearMs, longestSessionMs } from './session-index.ts';
import { subject } from './subjects.ts';

/** A subject whose evidence changed for the uses from `fromMs` until before `toMs`. */
export interface Change {
  readonly subject: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What must be judged again when evidence arrives: the uses in these times whose judgement depends on these subjects.
 * A job affects the uses of its role while it lives, and later uses of what it wrote. A grant, or the credentials that
 * created it, affects every use that names it or its volume.
 */
export function subjectsOf(before: JobEvidence, after: JobEvidence): readonly Change[] {
  const changes = new Map<string, Change>();
  const changed = (job: Job) => candidateOf(job, after.resolveKey ?? before.resolveKey);
  const old = onlyIn(before.jobs, after.jobs).map(changed);
  const now = onlyIn(after.jobs, before.jobs).map(changed);
  const jobs = [...old, ...now];
  const sessions = differing(before.sessions, after.sessions);
  const found = [
    ...jobs.flatMap(changesOfJob),
    ...changesOfAuthors(old, now),
    ...sessions.flatMap(changesOfSession),
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
  return [
    ...rolesOf(candidate).map((roleKey) => ({ subject: subject.role(roleKey), fromMs, toMs })),
    { subject: subject.arn(job.arn), fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY },
    {
      subject: subject.regionJobs(job.accountId, job.region),
      fromMs: fromMs - provisioningMs,
      toMs: toMs + provisioningMs,
    },
  ];
}

/** The author of a folder affects every later use of it. Other changes of a job do not. */
function changesOfAuthors(old: readonly Candidate[], now: readonly Candidate[]): readonly Change[] {
  const writing = (candidates: readonly Candidate[]) =>
    new Map(candidates.map((candidate) => [writingOf(candidate), candidate]));
  const [before, after] = [writing(old), writing(now)];
  return [...old, ...now]
    .filter((candidate) => before.has(writingOf(candidate)) !== after.has(writingOf(candidate)))
    .flatMap((candidate) =>
      [...authorSubjectsOf(candidate)].map((about) => ({
        subject: about,
        fromMs: candidate.fromMs - provisioningMs,
        toMs: Number.POSITIVE_INFINITY,
      })),
    );
}

/** The parts of a job that decide whether it wrote an object. */
function writingOf({ job, fromMs, outputs }: Candidate): string {
  return JSON.stringify([job.id, fromMs, job.roleArns, outputs]);
}

/** Credentials that were issued to SageMaker also show that others at about that time were not. */
function changesOfSession({ is, accessKeyHash, roleArn, timeMs }: SessionFact): readonly Change[] {
  const own = ofAllTimes(subject.session(accessKeyHash));
  const roleKey = roleArn === undefined ? undefined : roleKeyOf(roleArn);
  return is === 'job' || roleKey === undefined
    ? [own]
    : [
        own,
        {
          subject: subject.issued(roleKey),
          fromMs: timeMs - issuedNearMs,
          toMs: timeMs + issuedNearMs + longestSessionMs,
        },
      ];
}

function changesOfGrant(grant: GrantFact): readonly Change[] {
  const named = (grant.contextValues ?? []).filter((value) => runningResourceOf(value) !== undefined);
  return [
    ofAllTimes(subject.grant(grant.grantId)),
    ...named.map((arn) => ofAllTimes(subject.arn(arn))),
    ...volumesOf(grant).map((volumeId) => ofAllTimes(subject.volume(volumeId))),
  ];
}

/** The grants whose owners may have changed: created while a changed job was alive, or by a changed session. */
function concerned(
  grants: readonly GrantFact[],
  jobs: readonly Candidate[],
  sessions: readonly SessionFact[],
): readonly GrantFact[] {
  const hashes = new Set(sessions.map(({ accessKeyHash }) => accessKeyHash));
  const byAccount = Map.groupBy(jobs, ({ job }) => job.accountId);
  return grants.filter(
    ({ accessKeyHash, accountId, creator, timeMs }) =>
      (accessKeyHash !== undefined && hashes.has(accessKeyHash)) ||
      [accountId, creator === undefined ? undefined : accountOfArn(creator)].some(
        (account) =>
          account !== undefined && byAccount.get(account)?.some((job) => isNear(job, timeMs)) === true,
      ),
  );
}

function isNear({ fromMs, toMs }: Candidate, timeMs: number): boolean {
  return timeMs >= fromMs - provisioningMs && timeMs < toMs + provisioningMs;
}

function rolesOf({ job }: Candidate): readonly string[] {
  return job.roleArns.map(roleKeyOf).filter((roleKey) => roleKey !== undefined);
}

function ofAllTimes(about: string): Change {
  return { subject: about, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
}

/** The items that only one of two sets has. */
function differing<Item extends GrantFact | SessionFact>(
  before: readonly Item[],
  after: readonly Item[],
): readonly Item[] {
  return [...onlyIn(before, after), ...onlyIn(after, before)];
}

function onlyIn<Item extends Job | GrantFact | SessionFact>(
  items: readonly Item[],
  others: readonly Item[],
): readonly Item[] {
  const known = new Set(others.map(canonicalText));
  return items.filter((item) => !known.has(canonicalText(item)));
}
