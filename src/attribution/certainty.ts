import type { Candidate } from './candidate.ts';
import type { Day } from './day.ts';
import { evidence, ofFolder, ofPlace } from './evidence.ts';
import type { ScoredCandidate } from './score-candidates.ts';
import { isKnownName, type SessionHabit } from './session-habit.ts';
import { kindOfSessionName } from './session-name.ts';
import { subject } from './subjects.ts';
import type { UseFeatures } from './use-features.ts';

/**
 * Whether an object in a job's own place was made or read by the job. A reader may be a person: it is the job where
 * its session is, began with it, or is not told. Checkpoints below no job's name are what a rerun of another name goes
 * on from.
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

/** What shows a session to be a job's. */
export const ofJob = evidence.session | evidence.sessionName;

/** What speaks for a job in a session: whose it is, or when it began. */
export const ofSession = ofJob | evidence.sessionStart;

/** What makes a job thought of even in a session that SageMaker is not on record to have begun, as it is others. */
export const evenForeign = evidence.ownObject | evidence.sessionName;

/**
 * Whether nothing ties a use to the only job left but that it was alive: the session began long after it and may as
 * well be of a person who took on the role, or the resource is one in which people work; or it began with the job,
 * but is named unlike the sessions of jobs; or not as they are known to be, and no folder, key or person agrees; or is
 * of S3, where nothing agrees; or jobs share their sessions and this is none that a job is known to have worked in. A
 * later session that once made what is a job's own is not enough where nothing else agrees, or no folder where no
 * record tells the job's end.
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

/** In how many jobs' own places a shared session has to have written before one of them is surely its. */
const enoughSharing = 3;

/** What agrees with a job beside the time in which a session began. */
const supporting = ofPlace | evidence.declaredKey | evidence.usedKey | evidence.person;

/** Whether a session is named as those of jobs are known to be, or its name is not told. */
function isNamedAsKnown({ job }: Candidate, { sessionName }: UseFeatures, day: Day): boolean {
  return sessionName === undefined || isKnownName(kindOfSessionName(sessionName, job.name), day);
}

/**
 * Whether nothing of the session makes it doubtful that a job's own object was touched by the job: that it is none of
 * the first ones, or only reads, as somebody else may, and is not known to be the job's; or that it is named as those
 * of jobs are not known to be; or only after the pipeline, whose other jobs read too; or that two sessions began with
 * the job and made objects of its own, one of which may be a person's. What lives for months has to have new sessions.
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
