import type { Candidate } from './candidate.ts';
import { ofSession } from './certainty.ts';
import { evidence, ofFolder, ofPlace } from './evidence.ts';
import { narrowed } from './narrow.ts';
import {
  type ScoredCandidate,
  type Scoring,
  type SessionContext,
  scoreCandidates,
} from './score-candidates.ts';
import type { UseFeatures } from './use-features.ts';

const nobody: readonly ScoredCandidate[] = [];

/**
 * The jobs in whose declared places a use lies, whatever its session: those of a role may share sessions. Where the
 * day shows that each has its own, the bucket alone does not do.
 */
export function placedWhateverSession(
  live: readonly Candidate[],
  features: UseFeatures,
  known: SessionContext,
): readonly ScoredCandidate[] {
  const places = known.sessions === 'unknown' ? ofPlace : ofFolder;
  const { scored } = scoreCandidates(live, features, { ...known, sessions: 'shared' });
  return narrowed(
    scored.filter(({ bits }) => (bits & places) !== 0),
    features.isOutput,
  );
}

/**
 * Who else may have made a use, beside the jobs that were found. Where all that speaks for these is that the session
 * may have followed another: those that began with the session, notebooks and Studio, and those in whose places it
 * is. Where it is in a folder of none of them: those that declare the folder.
 * @param placed In whose places it is, whatever the session: asked only where it may matter.
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

/** Those that are not among others, each once. */
function without(
  others: readonly ScoredCandidate[],
  some: readonly ScoredCandidate[],
): readonly ScoredCandidate[] {
  const seen = new Set(others.map(({ candidate }) => candidate));
  return some.filter(({ candidate }) => !seen.has(candidate) && seen.add(candidate));
}
