import type { Candidate } from './candidate.ts';
import type { Day } from './day.ts';
import { evidence, ofFolder, ofPlace } from './evidence.ts';
import type { ScoredCandidate } from './score-candidates.ts';
import type { Habits, SessionHabit } from './session-habit.ts';
import { isCalledSageMaker } from './session-name.ts';
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

/** Whether a job stays a candidate although its session is none that SageMaker is recorded to have started. */
export function mayBeForeign({ candidate, bits }: ScoredCandidate, features: UseFeatures): boolean {
  return (
    (bits & (evidence.ownObject | evidence.sessionName)) !== 0 ||
    (candidate.isLongLived && makesAsDeclared(bits, features))
  );
}

/** Whether data is written into the bucket, with the key, that the job's request names. */
function makesAsDeclared(bits: number, { isOutput }: UseFeatures): boolean {
  const asDeclared = evidence.bucket | evidence.declaredKey;
  return isOutput && (bits & asDeclared) === asDeclared;
}

/** What else decides whether a job is likely. */
export interface Doubt {
  readonly habits: Habits;
  /** How many jobs wrote their own objects in the session that day. */
  readonly sharing: number;
  /** Whether records show that SageMaker was issued other credentials at the session's start. */
  readonly isForeign: boolean;
  /** Whether the job reads what another job wrote and does not declare. */
  readonly isUndeclaredReader: boolean;
}

/**
 * Whether a job is likely to have made a use, if no other one is as likely; else it was somebody with its role, or a job
 * that no record shows. `npm run eval:join` measures these rules.
 * - What is written into the job's own place is its, and so is what is done in its session.
 * - In a session with another name than such jobs' sessions have, nothing else is.
 * - In a session that began with the job, everything is that the name does not make doubtful.
 * - In a later session a place is needed, and that it began a whole number of hours after the first, unless jobs are known
 *   to have others: people and services assume the role at any time.
 * - In a session that jobs may share, a place is needed unless jobs are known to have worked in it.
 */
export function isLikely({ candidate, bits }: ScoredCandidate, features: UseFeatures, doubt: Doubt): boolean {
  const has = (some: number) => (bits & some) !== 0;
  if (has(evidence.ownObject) && features.isOutput) return true;
  // Endpoints and feature groups are issued credentials for months, of which not all may be on record.
  if (doubt.isForeign && !(candidate.isLongLived && makesAsDeclared(bits, features))) return false;
  if (has(evidence.session)) return true;
  // Part of a job may work in a session of its own where others are shared.
  if (has(evidence.unlikeName) && !has(evidence.mayBeFirst)) return false;
  if (doubt.isUndeclaredReader) return has(evidence.output | evidence.sessionName);
  const isInFolder = has(ofFolder | evidence.sessionName);
  if (
    worksByService(candidate) &&
    (has(evidence.strangeName) || !(isInFolder || makesAsDeclared(bits, features)))
  ) {
    return false;
  }
  if (features.sessionStartMs === undefined) return has(supporting) || !has(evidence.strangeName);
  if (doubt.habits.habit === 'shared') return isLikelyInShared(candidate, bits, features, doubt);
  return has(evidence.sessionStart)
    ? isLikelyInFirst(candidate, bits, features)
    : isLikelyInLater(candidate, bits, features, doubt.habits);
}

/** Whether a job is likely in a session that jobs may share. */
function isLikelyInShared(
  candidate: Candidate,
  bits: number,
  features: UseFeatures,
  { sharing }: Doubt,
): boolean {
  const isNamedOtherwise = (bits & (evidence.strangeName | evidence.unlikeName)) !== 0;
  if (isNamedOtherwise && (bits & evidence.mayBeFirst) === 0) return false;
  if (isNamedOtherwise) return (bits & ofFolder) !== 0;
  if (sharing > 0 || (bits & evidence.sessionName) !== 0) return true;
  // What a job wrote is what others read.
  if ((bits & evidence.ownObject) !== 0) return false;
  if ((bits & evidence.knownName) !== 0) return true;
  return (bits & ofPlace) !== 0 || (!declaresPlaces(candidate) && isNamedBySageMaker(features));
}

/** Whether a job is likely in a session that began with it. */
function isLikelyInFirst(candidate: Candidate, bits: number, features: UseFeatures): boolean {
  const isWithPlace = (bits & ofPlace) !== 0;
  if ((bits & evidence.strangeName) !== 0) {
    return isWithPlace;
  }
  return (
    isWithPlace ||
    (features.path === undefined && !candidate.isLongLived) ||
    (bits & evidence.knownName) !== 0 ||
    isNamedBySageMaker(features) ||
    !declaresPlaces(candidate)
  );
}

/** Whether a job is likely in a session that may have followed its first. */
function isLikelyInLater(candidate: Candidate, bits: number, features: UseFeatures, habits: Habits): boolean {
  const mayFollow = (bits & evidence.onTheHour) !== 0 || habits.areOdd;
  const isUnknown = habits.habit === 'unknown' || habits.habit === 'first';
  if ((bits & evidence.sessionName) !== 0) return mayFollow || isUnknown;
  const isInFolder = (bits & ofFolder) !== 0;
  if ((bits & evidence.strangeName) !== 0) return mayFollow && isInFolder && candidate.isLongLived;
  if (!declaresPlaces(candidate)) return mayFollow || (isUnknown && isNamedBySageMaker(features));
  if (!mayFollow) return false;
  if (isInFolder) return true;
  return (bits & evidence.bucket) !== 0 && (!candidate.isLongLived || (bits & evidence.declaredKey) !== 0);
}

function isNamedBySageMaker({ sessionName }: UseFeatures): boolean {
  return sessionName !== undefined && isCalledSageMaker(sessionName);
}

/**
 * Whether SageMaker does the job's work as a service, under a grant that names the job, so that sessions of its role are
 * seldom its.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-customize-mtrl-encryption-at-rest.html
 */
function worksByService({ job }: Candidate): boolean {
  return job.type === 'job';
}

/** Whether the job's request names places in S3. A notebook's does not, so that none agrees says nothing. */
function declaresPlaces({ buckets }: Candidate): boolean {
  return buckets.size > 0;
}

/** In the own places of how many jobs a shared session must have written before one of them is certain. */
const enoughSharing = 3;

/** Evidence for a job besides the time at which the session began. */
const supporting = ofPlace | evidence.declaredKey | evidence.usedKey | evidence.person;

/** Whether the session is named as those of jobs are known to be, or by SageMaker, or has no recorded name. */
function isNamedAsKnown(bits: number, { sessionName }: UseFeatures): boolean {
  if (sessionName === undefined || (bits & evidence.knownName) !== 0) return true;
  return (bits & evidence.unlikeName) === 0 && isCalledSageMaker(sessionName);
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
  if (!isNamedAsKnown(bits, features)) {
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
