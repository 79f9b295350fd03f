import type { Candidate } from './candidate.ts';
import type { Day } from './day.ts';
import { evidence, ofBeginning, ofFolder, ofPlace } from './evidence.ts';
import { isInteractive } from './running-resource.ts';
import type { ScoredCandidate } from './score-candidates.ts';
import { beganAsOthers, type Habits } from './session-habit.ts';
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

const ofSessionFolder = ofFolder | evidence.placedSession;

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
  return isOutput && isAsDeclared(bits);
}

/** Whether the use is of the bucket and the key that the job's request names. */
function isAsDeclared(bits: number): boolean {
  const asDeclared = evidence.bucket | evidence.declaredKey;
  return (bits & asDeclared) === asDeclared;
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
 * - In a session with another name than such jobs' sessions have, nothing else is, unless it began with the job or
 *   renewed a session that did.
 * - Where sessions are not shared, a job does not read its own output again, except in its session.
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
  if (has(evidence.unlikeName) && !has(ofBeginning)) return false;
  const isShared = doubt.habits.habit === 'shared';
  if (doubt.isUndeclaredReader && !(isShared && doubt.sharing > 0)) {
    return has(evidence.output | evidence.sessionName);
  }
  const isInFolder = has(ofFolder | evidence.sessionName);
  if (
    worksByService(candidate) &&
    (has(evidence.strangeName) || !(isInFolder || makesAsDeclared(bits, features)))
  ) {
    return false;
  }
  if (features.sessionStartMs === undefined) return has(supporting) || !has(evidence.strangeName);
  if (isShared) return isLikelyInShared(candidate, bits, features, doubt);
  if (isReadOfOwnOutput(bits, features) && !isInItsSession(bits)) return false;
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
  const has = (some: number) => (bits & some) !== 0;
  const isWithoutPlace = features.path === undefined;
  if (has(evidence.strangeName | evidence.unlikeName)) {
    return has(evidence.mayBeFirst) && (has(ofSessionFolder) || isWithoutPlace);
  }
  if (sharing > 0 || has(evidence.sessionName) || mayWriteAnywhere(candidate, features)) return true;
  // What a job wrote is what others read.
  if (has(evidence.ownObject)) return false;
  if (has(evidence.knownName | ofPlace | evidence.placedSession)) return true;
  if (has(evidence.mayBeFirst) && isWithoutPlace && !candidate.isLongLived) return true;
  return !declaresPlaces(candidate) && isNamedBySageMaker(features);
}

/** Whether a job is likely in a session that began with it. */
function isLikelyInFirst(candidate: Candidate, bits: number, features: UseFeatures): boolean {
  const has = (some: number) => (bits & some) !== 0;
  if (has(evidence.unlikeName)) return has(ofSessionFolder) || isAsDeclared(bits);
  if (has(ofPlace | evidence.placedSession)) return true;
  if (has(evidence.strangeName)) return false;
  return (
    mayWriteAnywhere(candidate, features) ||
    (features.path === undefined && !candidate.isLongLived) ||
    has(evidence.knownName) ||
    isNamedBySageMaker(features) ||
    !declaresPlaces(candidate)
  );
}

/** Whether a job is likely in a session that may have followed its first. */
function isLikelyInLater(candidate: Candidate, bits: number, features: UseFeatures, habits: Habits): boolean {
  const has = (some: number) => (bits & some) !== 0;
  const { isLongLived } = candidate;
  const mayFollow = has(evidence.onTheHour) || habits.areOdd;
  const isUnknown = habits.habit === 'unknown' || habits.habit === 'first';
  if (has(evidence.sessionName)) return mayFollow || isUnknown;
  if (has(evidence.renewal)) return true;
  if (has(evidence.strangeName)) return mayFollow && isLongLived && has(ofFolder);
  if (mayWriteAnywhere(candidate, features)) return mayFollow;
  if (!declaresPlaces(candidate)) {
    if (isLongLived) return has(evidence.sameRegion) && isNamedAsKnown(bits, features);
    return mayFollow || (isUnknown && isNamedBySageMaker(features));
  }
  if (!mayFollow) return false;
  const doFollow = habits.habit === 'follow' && !isLongLived;
  if (features.path === undefined) return doFollow && has(evidence.knownName);
  return has(ofFolder) || (has(evidence.bucket) && (doFollow || has(evidence.declaredKey)));
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
function declaresPlaces({ buckets, isLongLived, job }: Candidate): boolean {
  return buckets.size > 0 || (isLongLived && !isInteractive(job.type));
}

/** Whether what the job itself wrote is read. Others read it: the job reads its checkpoints alone again. */
function isReadOfOwnOutput(bits: number, { isWrite }: UseFeatures): boolean {
  return !isWrite && (bits & (evidence.ownObject | evidence.checkpoint)) === evidence.ownObject;
}

/** Whether the session is named after the job, or began with it and has no name that other jobs' sessions have not. */
function isInItsSession(bits: number): boolean {
  const asJobs = evidence.sessionStart | evidence.renewal;
  const asOthers = evidence.strangeName | evidence.unlikeName;
  return (bits & evidence.sessionName) !== 0 || ((bits & asJobs) !== 0 && (bits & asOthers) === 0);
}

/** Whether data is written into S3, as the resource does in a place that is not on record. */
function mayWriteAnywhere({ buckets, isLongLived }: Candidate, { isOutput }: UseFeatures): boolean {
  return isLongLived && isOutput && buckets.size === 0;
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
 * - it began with the job, but not when the sessions of other jobs begin;
 * - its name is of no kind that jobs are known to use, or only the pipeline's, whose other jobs read too;
 * - two sessions began with the job and wrote its own objects: one of them may be a person's.
 */
export function isSessionSound(
  { candidate, bits }: ScoredCandidate,
  features: UseFeatures,
  habits: Habits,
  day: Day,
): boolean {
  const { isWrite, session, sessionName } = features;
  if ((bits & evidence.sessionName) !== 0) {
    return isWrite || sessionName?.includes(candidate.job.name) === true;
  }
  if (!isNamedAsKnown(bits, features)) {
    return false;
  }
  const { sessionStartMs } = features;
  if (
    (bits & evidence.sessionStart) !== 0 &&
    sessionStartMs !== undefined &&
    !beganAsOthers(sessionStartMs, candidate, habits)
  ) {
    return false;
  }
  if (habits.habit === 'shared') {
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
