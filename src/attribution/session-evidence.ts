import type { Candidate } from './candidate.ts';
import { evidence, ofBeginning } from './evidence.ts';
import { isInteractive } from './running-resource.ts';
import type { Exclusion, SessionContext } from './session-context.ts';
import { beganAsOthers, beganOnTheHour, beginningOf, olderThanAnHourMs } from './session-habit.ts';
import type { SessionNameKind } from './session-name.ts';
import type { UseFeatures } from './use-features.ts';

/** A job that writes its own object, or whose session it is known to be, may have got the session in another way. */
export function withSessionStart(
  bits: number,
  candidate: Candidate,
  { sessionStartMs, timeMs, isOutput }: UseFeatures,
  known: SessionContext,
): number | Exclusion {
  const { habit, areShort, areSingle, areOwn } = known.habits;
  if (sessionStartMs === undefined) {
    return bits;
  }
  const isItsOwn = isOfJob(bits, isOutput);
  if (areShort && !isItsOwn && timeMs - sessionStartMs > olderThanAnHourMs) {
    return 'session-too-old';
  }
  const when = beginningOf(sessionStartMs, candidate);
  const isAsOthers = beganAsOthers(sessionStartMs, candidate, known.habits);
  if (habit === 'shared') {
    const mayBeFirst = when === 'first' && areOwn && isAsOthers;
    return (bits & ~evidence.session) | (mayBeFirst ? evidence.mayBeFirst : 0);
  }
  switch (when) {
    case 'before':
      return 'session-older';
    case 'first':
      if (!isItsOwn && !isAsOthers) return 'session-begun-between';
      return !isItsOwn && areSingle && known.hasAnotherSession(candidate)
        ? 'has-another-session'
        : bits | evidence.sessionStart;
    case 'between':
      return isItsOwn ? bits | evidence.laterSession : 'session-begun-between';
    case 'later':
      if (habit === 'last' && !isItsOwn) return 'session-begun-between';
      bits |= evidence.laterSession;
      if (beganOnTheHour(sessionStartMs, candidate)) bits |= evidence.onTheHour;
      return known.isRenewalOf(candidate) ? bits | evidence.renewal : bits;
    default:
      return when satisfies never;
  }
}

export function withNameKind(
  bits: number,
  kind: SessionNameKind | undefined,
  candidate: Candidate,
  { isOutput }: UseFeatures,
  known: SessionContext,
): number | Exclusion {
  const { job } = candidate;
  if (kind === undefined || (kind === 'job' && !known.habits.areMisnamed)) {
    return bits | evidence.knownName;
  }
  const standing = known.nameStanding(kind, job.type);
  switch (standing) {
    case 'known':
      return bits | evidence.knownName;
    case 'elsewhere':
    case 'new':
      return bits;
    case 'strange':
      // AWS documents how the sessions of notebooks and Studio are named, unlike those of jobs.
      if (kind === 'sagemaker' && isInteractive(job.type)) return bits;
      return known.habits.areSingle && known.mayHaveAnotherSession(candidate)
        ? bits | evidence.unlikeName
        : bits | evidence.strangeName;
    case 'few':
    case 'unlike': {
      // How other sessions are named does not outweigh what the use itself shows.
      const isItsOwn = isOfJob(bits, isOutput);
      return isItsOwn || standing === 'few' || (bits & ofBeginning) !== 0
        ? bits | evidence.unlikeName
        : 'session-named-unlike';
    }
    default:
      return standing satisfies never;
  }
}

/** Whether the use itself, or what is known of its session, is the job's: that outweighs how sessions usually are. */
function isOfJob(bits: number, isOutput: boolean): boolean {
  return (bits & evidence.session) !== 0 || (isOutput && (bits & evidence.ownObject) !== 0);
}
