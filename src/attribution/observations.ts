import type { Candidate } from './candidate.ts';
import { isOfItsOwn } from './certainty.ts';
import { queryServiceOf, signOfCall, signOfName } from './counter-evidence.ts';
import type { Observation } from './day.ts';
import { evidence, ofFolder, ofPlace } from './evidence.ts';
import type { JudgedUse } from './judgement.ts';
import { anyGroup, groupOf } from './name-habit.ts';
import { narrowed } from './narrow.ts';
import { placeEvidence } from './place-evidence.ts';
import { isStarting } from './region-jobs.ts';
import { scoreCandidates } from './score-candidates.ts';
import { inAnySession, noContext, type SessionContext } from './session-context.ts';
import { beganOnTheHour, beginningOf, beginsOf, habitsShown } from './session-habit.ts';
import { isNamedAfter, kindOfSessionName } from './session-name.ts';
import { subject } from './subjects.ts';
import { featuresOf, type UseFeatures } from './use-features.ts';

const nothing: readonly Observation[] = [];
/** Observing ignores whose session a use is in. */
const anySession: SessionContext = inAnySession(noContext);

/**
 * What a use of a role shows about its session and key: if it writes an object that only one job writes, or if no job
 * can have made it.
 */
export function observationsOf(
  use: JudgedUse,
  roleKey: string,
  live: readonly Candidate[],
  isForeign: (features: UseFeatures) => boolean,
): readonly Observation[] {
  const sign = signOfCall(use);
  const features = featuresOf(use, roleKey);
  if (sign !== undefined) {
    return features.session === undefined ? nothing : [[features.session.outside, sign]];
  }
  if (use.operation === 'CreateGrant') {
    return observationsOfVolume(live, features);
  }
  const only = begunWithOnly(features, live);
  const observations: Observation[] = [];
  if (only !== undefined && signOfName(use) === undefined) {
    observations.push([subject.sessionsWith(only.job.id), `${features.sessionStartMs}`]);
    const place = placeEvidence(only, features.path).bits;
    if ((place & ofPlace) !== 0) observations.push([subject.placed, only.job.id]);
    if (features.session !== undefined && isAtWork(place, features)) {
      observations.push([features.session.placed, only.job.id]);
    }
  }
  const [alone] = live;
  if (alone !== undefined && live.length === 1 && isAtWorkLater(alone, features)) {
    observations.push([subject.later(alone.job.id), `${features.sessionStartMs}`]);
  }
  const maker = makerOf(use, features, live);
  if (maker !== undefined) {
    observations.push(...observationsOfObject(maker, features, roleKey));
    if (isForeign(features)) observations.push([subject.unissued, maker.job.id]);
    if (isMisnamed(features.sessionName, maker.job.name, live)) {
      observations.push([subject.misnamed, maker.job.id]);
    }
    if (only === maker) {
      observations.push(
        [subject.ownSessions(maker.job.id), `${features.sessionStartMs}`],
        [subject.alone, maker.job.id],
      );
    }
  }
  return observations;
}

/** Whether a use is in a folder where the job itself reads or writes: others read what it has written. */
function isAtWork(bits: number, { isWrite }: UseFeatures): boolean {
  return (bits & (isWrite ? ofFolder : evidence.input | evidence.checkpoint)) !== 0;
}

/** Whether a later session, which began whole hours after the job, is used where the job works. */
function isAtWorkLater(candidate: Candidate, features: UseFeatures): boolean {
  const { path, sessionStartMs } = features;
  return (
    sessionStartMs !== undefined &&
    beginningOf(sessionStartMs, candidate) === 'later' &&
    beganOnTheHour(sessionStartMs, candidate) &&
    isAtWork(placeEvidence(candidate, path).bits, features)
  );
}

/** The only job with which the session may have begun. */
function begunWithOnly({ sessionStartMs }: UseFeatures, live: readonly Candidate[]): Candidate | undefined {
  if (sessionStartMs === undefined) {
    return undefined;
  }
  let found: Candidate | undefined;
  for (const candidate of live) {
    if (beginningOf(sessionStartMs, candidate) === 'first') {
      if (found !== undefined) return undefined;
      found = candidate;
    }
  }
  return found;
}

/** The job that writes an object which only it writes. */
function makerOf(use: JudgedUse, features: UseFeatures, live: readonly Candidate[]): Candidate | undefined {
  if (!features.isOutput || queryServiceOf(use) !== undefined) {
    return undefined;
  }
  const [only, ...others] = narrowed(scoreCandidates(live, features, anySession).scored, true);
  if (only === undefined || others.length > 0 || !isOfItsOwn(only, features)) {
    return undefined;
  }
  const { candidate } = only;
  // A name that people give to sessions is believed to be a job's only of a session that began with the job.
  const isNamedByPerson =
    signOfName(use) !== undefined && !isNamedAfter(features.sessionName ?? '', candidate.job.name);
  return isNamedByPerson && !hasBegunWith(candidate, features) ? undefined : candidate;
}

function hasBegunWith(candidate: Candidate, { sessionStartMs }: UseFeatures): boolean {
  return sessionStartMs !== undefined && beginningOf(sessionStartMs, candidate) === 'first';
}

/** Whether a job's session has the name of another live job, and not its own. */
function isMisnamed(session: string | undefined, name: string, live: readonly Candidate[]): boolean {
  return (
    session !== undefined &&
    !isNamedAfter(session, name) &&
    live.some(({ job }) => job.name !== name && isNamedAfter(session, job.name))
  );
}

/** The grant of a volume shows when sessions begin, if only one job was starting. */
function observationsOfVolume(
  live: readonly Candidate[],
  { keyArn, region, sessionStartMs, timeMs }: UseFeatures,
): readonly Observation[] {
  const [only, ...others] = live.filter(
    (candidate) =>
      keyArn !== undefined &&
      candidate.job.region === region &&
      candidate.volumeKeys.arns.has(keyArn) &&
      isStarting(candidate, timeMs),
  );
  if (only === undefined || others.length > 0 || sessionStartMs === undefined) {
    return nothing;
  }
  const habit = beginningOf(sessionStartMs, only) === 'first' ? 'first' : 'shared';
  return [[subject.sessions[habit], only.job.id]];
}

/** An object that only one job writes shows the job's session and key, and the habits of job sessions. */
function observationsOfObject(
  candidate: Candidate,
  features: UseFeatures,
  roleKey: string,
): readonly Observation[] {
  const { session, sessionName, sessionStartMs, keyArn, timeMs } = features;
  const { id, name, type } = candidate.job;
  const observations: Observation[] = [];
  const when = sessionStartMs === undefined ? 'first' : beginningOf(sessionStartMs, candidate);
  if (sessionStartMs !== undefined) {
    observations.push(
      ...habitsShown({ timeMs, sessionStartMs }, candidate).map(
        (habit): Observation => [subject.sessions[habit], id],
      ),
    );
  }
  if (session !== undefined) {
    observations.push([session.sharing, id]);
  }
  if (sessionName !== undefined) {
    const kind = kindOfSessionName(sessionName, name);
    observations.push(
      [subject.sessionsNamed(kind, groupOf(type, roleKey)), id],
      [subject.sessionsNamed(kind, anyGroup), id],
    );
  }
  if (when === 'before' || when === 'between') {
    return observations;
  }
  if (sessionStartMs !== undefined && when === 'first') {
    observations.push(...beginsOf(sessionStartMs, candidate).map((about): Observation => [about, id]));
  }
  if (session !== undefined) {
    observations.push([session.known, id]);
  }
  if (sessionStartMs !== undefined && when === 'first') {
    observations.push([subject.begunWith(id), `${sessionStartMs}`]);
  }
  if (keyArn !== undefined) {
    observations.push([subject.keyOfRole(roleKey, keyArn), id]);
  }
  return observations;
}
