import type { Candidate } from './candidate.ts';
import { ofSession } from './certainty.ts';
import { evidence, ofFolder, ofPlace } from './evidence.ts';
import { narrowed } from './narrow.ts';
import { type ScoredCandidate, type Scoring, scoreCandidates } from './score-candidates.ts';
import { inAnySession, type SessionContext } from './session-context.ts';
import type { UseFeatures } from './use-features.ts';

const nobody: readonly ScoredCandidate[] = [];

/**
 * The jobs that declare the place of a use, in any session, since jobs of a role may share sessions. The bucket alone is
 * enough only if the day does not show that each job has its own session.
 */
export function placedInAnySession(
  live: readonly Candidate[],
  features: UseFeatures,
  known: SessionContext,
): readonly ScoredCandidate[] {
  const places = known.habits.habit === 'unknown' ? ofPlace : ofFolder;
  const { scored } = scoreCandidates(live, features, inAnySession(known));
  return narrowed(
    scored.filter(({ bits }) => (bits & places) !== 0),
    features.isOutput,
  );
}

/**
 * The jobs that may have made a use besides those that were found:
 * - if the found ones have no more evidence than that the session may follow one of theirs: the jobs that began with the
 *   session, notebooks and Studio, and the jobs that declare the place;
 * - if the found ones do not declare the folder of the use: the jobs that do.
 * @param placed the result of `placedInAnySession`, computed only when needed
 */
export function rivalsOf(
  found: readonly ScoredCandidate[],
  { scored, standing }: Scoring,
  placed: () => readonly ScoredCandidate[],
  { path }: UseFeatures,
): readonly ScoredCandidate[] {
  if (found.every(isUnsupported)) {
    const begun = scored.filter(({ bits }) => (bits & evidence.sessionStart) !== 0);
    return without(found, [...begun, ...standing, ...placed()]);
  }
  return path?.includes('/') === true && !found.some(isInFolder)
    ? without(found, placed().filter(isInFolder))
    : nobody;
}

function isUnsupported({ bits, candidate }: ScoredCandidate): boolean {
  return (bits & ofSession) === 0 && ((bits & evidence.laterSession) !== 0 || candidate.isLongLived);
}

function isInFolder({ bits }: ScoredCandidate): boolean {
  return (bits & ofFolder) !== 0;
}

/** The items that are not among `others`, each once. */
function without(
  others: readonly ScoredCandidate[],
  some: readonly ScoredCandidate[],
): readonly ScoredCandidate[] {
  const seen = new Set(others.map(({ candidate }) => candidate));
  return some.filter(({ candidate }) => !seen.has(candidate) && seen.add(candidate));
}
