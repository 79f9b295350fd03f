import { compareTexts } from '../text/text-order.ts';
import { evidence, scoreOf, tiers, writingTiers } from './evidence.ts';
import type { ScoredCandidate } from './score-candidates.ts';

/**
 * Leaves those that the evidence speaks for most: tier by tier, where some have evidence of a kind and some have
 * none, the latter go. A session named after a job is that job's, whatever it touches.
 * @param isOutput Whether the key is one that the job's request may name: of an object or a volume that is made.
 */
export function narrowed(scored: readonly ScoredCandidate[], isOutput: boolean): readonly ScoredCandidate[] {
  if (scored.length < 2) {
    return scored;
  }
  const tied = scored.filter(({ bits }) => (bits & evidence.sessionName) !== 0);
  const named = tied.length > 0 ? tied : scored;
  let left = isOutput || !named.some(declaresAsInput) ? ownersOf(named) : named;
  for (const tier of isOutput ? writingTiers : tiers) {
    if (left.length === 1) {
      break;
    }
    if (left.some(({ bits }) => (bits & tier) !== 0)) {
      left = left.filter((each) => (each.bits & tier) !== 0 || isUnknownFor(each, tier));
    }
  }
  return left;
}

/** Whether no record tells what a job would have to be told apart by. */
function isUnknownFor({ candidate: { job } }: ScoredCandidate, tier: number): boolean {
  return tier === evidence.person && job.launcher === undefined;
}

/** What one job wrote another one may read, which then says so. */
function declaresAsInput({ bits }: ScoredCandidate): boolean {
  return (bits & evidence.input) !== 0;
}

/**
 * Of those in whose own place an object lies, those whose place is the innermost: also of others that declare as
 * their output the same place or one within it, whosoever's name is in its path.
 */
function ownersOf(scored: readonly ScoredCandidate[]): readonly ScoredCandidate[] {
  if (!scored.some(({ bits }) => (bits & evidence.ownObject) !== 0)) {
    return scored;
  }
  const writers = scored.filter(({ bits }) => (bits & (evidence.ownObject | evidence.output)) !== 0);
  const innermost = Math.max(...writers.map(({ place }) => place?.length ?? 0));
  return writers.filter(({ place }) => place?.length === innermost);
}

/** Best first: better evidence, then the nearer start, then the ARN, then the run. */
export function bestFirst(scored: readonly ScoredCandidate[], timeMs: number): readonly ScoredCandidate[] {
  if (scored.length < 2) {
    return scored;
  }
  return [...scored].sort((a, b) => {
    const evidence = scoreOf(b.bits) - scoreOf(a.bits);
    if (evidence !== 0) return evidence;
    const start = distance(a, timeMs) - distance(b, timeMs);
    if (start !== 0) return start;
    return (
      compareTexts(a.candidate.job.arn, b.candidate.job.arn) ||
      compareTexts(a.candidate.job.id, b.candidate.job.id)
    );
  });
}

function distance({ candidate }: ScoredCandidate, timeMs: number): number {
  return Math.abs(timeMs - candidate.startedMs);
}
