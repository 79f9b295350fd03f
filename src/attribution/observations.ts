import type { Candidate } from './candidate.ts';
import { isOfItsOwn } from './certainty.ts';
import { counterEvidenceOf, queryServiceOf } from './counter-evidence.ts';
import type { Observation } from './day.ts';
import type { JudgedUse } from './judgement.ts';
import { narrowed } from './narrow.ts';
import { isStarting } from './region-jobs.ts';
import { noContext, type SessionContext, scoreCandidates } from './score-candidates.ts';
import { beginningOf, habitsShown } from './session-habit.ts';
import { kindOfSessionName } from './session-name.ts';
import { subject } from './subjects.ts';
import { featuresOf, isWrite, type UseFeatures } from './use-features.ts';

const nothing: readonly Observation[] = [];
/** Observing ignores whose session a use is in. */
const anySession: SessionContext = { ...noContext, sessions: 'shared' };

/**
 * What a use of a role shows about its session and key: if it writes an object that only one job writes, or if no job
 * can have made it.
 */
export function observationsOf(
  use: JudgedUse,
  roleKey: string,
  live: readonly Candidate[],
): readonly Observation[] {
  const sign = counterEvidenceOf(use);
  if (sign !== undefined) {
    const { session } = featuresOf(use, roleKey);
    return session === undefined ? nothing : [[session.outside, sign]];
  }
  const isOfGrant = use.operation === 'CreateGrant';
  if ((!isOfGrant && !isWrite(use.operation)) || queryServiceOf(use) !== undefined) {
    return nothing;
  }
  const features = featuresOf(use, roleKey);
  if (features.path === undefined || isOfGrant) {
    return isOfGrant ? observationsOfVolume(live, features) : nothing;
  }
  const [only, ...others] = narrowed(scoreCandidates(live, features, anySession).scored, true);
  if (only === undefined || others.length > 0 || !isOfItsOwn(only, features)) {
    return nothing;
  }
  return observationsOfObject(only.candidate, features, roleKey);
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
      ...habitsShown(when, timeMs - candidate.startedMs).map(
        (habit): Observation => [subject.sessions[habit], id],
      ),
    );
  }
  if (session !== undefined) {
    observations.push([session.sharing, id]);
  }
  if (when === 'before' || when === 'between') {
    return observations;
  }
  if (session !== undefined) {
    observations.push([session.known, id]);
    if (when === 'first') {
      observations.push([subject.begunWith(id), session.known]);
    }
  }
  if (keyArn !== undefined) {
    observations.push([subject.keyOfRole(roleKey, keyArn), id]);
  }
  if (sessionName !== undefined) {
    observations.push([subject.sessionsNamed(kindOfSessionName(sessionName, name), type), id]);
  }
  return observations;
}
