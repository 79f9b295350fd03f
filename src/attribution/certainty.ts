import type { Candidate } from './candidate.ts';
import type { Day } from './day.ts';
import { evidence, ofFolder, ofPlace } from './evidence.ts';
import type { ScoredCandidate } from './score-candidates.ts';
import { isKnownName, type SessionHabit } from './session-habit.ts';
import { isCalledSageMaker, kindOfSessionName } from './session-name.ts';
import { subject } from './subjects.ts';
import type { UseFeatures } from './use-features.ts';

/**
 * Whether the job itself wrote or read an object in its own place. A reader may be a person; it counts as the job if the
 * session is the job's or began with it, or if no session is recorded. A place without the job's name does not count,
 * because a rerun under another name continues from such checkpoints.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints-resume.html
 */
export function isOfItsOwn(
  { candidate, bits, place }: ScoredCandidate,
  { isWrite, sessionStartMs }: UseFeatures,
): boolean {
  return (
    (bits & evidence.ownObject) !== 0 &&
    place?.includes(candidate.job.name) === true &&
    (isWrite ||
      sessionStartMs === undefined ||
      (bits & (evidence.session | evidence.sessionName | evidence.sessionStart)) !== 0)
  );
}

/** Evidence that a session is a job's. */
export const ofJob = evidence.session | evidence.sessionName;

/** Evidence for a job from the session: whose it is, or when it began. */
export const ofSession = ofJob | evidence.sessionStart;

/** Evidence that keeps a job a candidate although its session is none that SageMaker is recorded to have started. */
export const evenForeign = evidence.ownObject | evidence.sessionName;

/**
 * Whether the only remaining job is doubtful, because little more than being alive connects it with the use:
 * - the session began long after the job and may be a person's who assumed the role, or people work in the resource;
 * - the session began with the job, but its name is unlike those of jobs, or of no known kind and without support by a
 *   folder, key or person, or the use is of S3 and nothing supports it;
 * - jobs share their sessions, and no job is known to have worked in this one;
 * - the session is a later one that once wrote the job's own objects, and nothing else supports it, or no folder does
 *   and no record shows the end of the job.
 */
export function isDoubtful(
  { candidate, bits }: ScoredCandidate,
  features: UseFeatures,
  habit: SessionHabit,
  day: Day,
): boolean {
  const { isWrite, session, path } = features;
  const makesItsOwn = (bits & evidence.ownObject) !== 0 && isWrite;
  if ((bits & ofJob) !== 0) {
    const needed = candidate.isEndKnown ? supporting : ofFolder;
    return (
      (bits & evidence.sessionName) === 0 &&
      (bits & evidence.laterSession) !== 0 &&
      !candidate.isLongLived &&
      (bits & needed) === 0
    );
  }
  if (habit === 'shared' && session !== undefined && day.observed(session.sharing).length === 0) {
    return !makesItsOwn;
  }
  if ((bits & evidence.sessionStart) !== 0) {
    if ((bits & evidence.unlikeName) !== 0) {
      return !makesItsOwn;
    }
    return isNamedAsKnown(candidate, features, day)
      ? path !== undefined && (bits & supporting) === 0
      : (bits & supporting & ~evidence.bucket) === 0;
  }
  return candidate.isLongLived
    ? (bits & evidence.ownObject) === 0
    : (bits & evidence.laterSession) !== 0 && !makesItsOwn;
}

/** What else decides whether a doubtful job is likely. */
interface Doubt {
  /** Whether records show that SageMaker was issued other credentials at the session's start. */
  readonly isForeign: boolean;
  /** Whether the job reads what another job wrote and does not declare. */
  readonly isUndeclaredReader: boolean;
}

/**
 * Whether the only remaining job is likely, although it is doubtful. `npm run eval:join` measures these rules, on accounts
 * with sessions of every kind:
 * - a session that began with the job is its own, unless its name is unlike those of jobs;
 * - in a later session a folder of the job is needed, or SageMaker's name with its bucket or key: people and services
 *   assume the role at any time, and use what the role may;
 * - in a session that SageMaker is not on record to have begun, only what is written into the job's own place is its.
 */
export function isLikely(
  { candidate, bits }: ScoredCandidate,
  { sessionName, isWrite }: UseFeatures,
  { isForeign, isUndeclaredReader }: Doubt,
): boolean {
  const has = (some: number) => (bits & some) !== 0;
  const makesItsOwn = has(evidence.ownObject) && isWrite;
  if (isForeign) return makesItsOwn;
  if (isUndeclaredReader) return has(evidence.output);
  if (has(ofJob)) return true;
  if (has(evidence.unlikeName)) {
    return (
      makesItsOwn || (has(evidence.sessionStart) && has(ofFolder | evidence.declaredKey | evidence.usedKey))
    );
  }
  if (has(evidence.sessionStart)) return true;
  const isNamed = sessionName === undefined || isCalledSageMaker(sessionName);
  const hasKeyInBucket = has(evidence.bucket) && has(evidence.declaredKey);
  if (candidate.isLongLived) {
    // A notebook's request names no place and seldom a key; in Studio people work under their domain's role.
    return has(ofFolder) || hasKeyInBucket || (isNamed && candidate.job.type === 'notebook-instance');
  }
  if (!has(evidence.laterSession)) return isNamed || has(supporting);
  if (isWrite && has(ofFolder)) return true;
  // A job's own objects are what others read.
  return isNamed && !has(evidence.ownObject) && has(ofPlace | evidence.declaredKey);
}

/** In the own places of how many jobs a shared session must have written before one of them is certain. */
const enoughSharing = 3;

/** Evidence for a job besides the time at which the session began. */
const supporting = ofPlace | evidence.declaredKey | evidence.usedKey | evidence.person;

/** Whether the session is named as those of jobs are known to be, or has no recorded name. */
function isNamedAsKnown({ job }: Candidate, { sessionName }: UseFeatures, day: Day): boolean {
  return sessionName === undefined || isKnownName(kindOfSessionName(sessionName, job.name), job.type, day);
}

/**
 * Whether the session supports that the job itself used its own object. It does not if
 * - it is not one of the job's first sessions, unless the resource lives for months and so needs new ones;
 * - it only reads, as others may, and is not known to be the job's;
 * - its name is of no kind that jobs are known to use, or only the pipeline's, whose other jobs read too;
 * - two sessions began with the job and wrote its own objects: one of them may be a person's.
 */
export function isSessionSound(
  { candidate, bits }: ScoredCandidate,
  features: UseFeatures,
  habit: SessionHabit,
  day: Day,
): boolean {
  const { isWrite, session, sessionName } = features;
  if ((bits & evidence.sessionName) !== 0) {
    return isWrite || sessionName?.includes(candidate.job.name) === true;
  }
  if (!isNamedAsKnown(candidate, features, day)) {
    return false;
  }
  if (habit === 'shared') {
    return session === undefined || day.observed(session.sharing).length >= enoughSharing;
  }
  if ((bits & evidence.laterSession) !== 0) {
    return isWrite && candidate.isLongLived;
  }
  if (session === undefined) {
    return true;
  }
  const begun = subject.begunWith(candidate.job.id);
  day.ask(begun);
  return day.observed(begun).length < 2 && (isWrite || (bits & evidence.session) !== 0);
}
