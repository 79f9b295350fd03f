import { compareTexts } from '../text/text-order.ts';
import { evidence, scoreOf, tiers, writingTiers } from './evidence.ts';
import type { ScoredCandidate } from './score-candidates.ts';

/**
 * Keeps the candidates with the best evidence. Tier by tier, if some have its evidence, those without it are dropped. A
 * session named after a job is that job's, whatever it uses.
 * @param isOutput whether the use creates an object or a volume, whose key the job's request may name
 */
export function narrowed(scored: readonly ScoredCandidate[], isOutput: boolean): readonly ScoredCandidate[] {
  if (scored.length < 2) {
    return scored;
  }
  const namedBySession = scored.filter(({ bits }) => (bits & evidence.sessionName) !== 0);
  const named = namedBySession.length > 0 ? namedBySession : scored;
  let left = isOutput || !named.some(declaresAsInput) ? innermostOwners(named) : named;
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

/** Whether records lack what the tier compares, so that the job cannot be dropped for it. */
function isUnknownFor({ candidate: { job } }: ScoredCandidate, tier: number): boolean {
  return tier === evidence.person && job.launcher === undefined;
}

/** A job that reads what another wrote declares it as input. */
function declaresAsInput({ bits }: ScoredCandidate): boolean {
  return (bits & evidence.input) !== 0;
}

/**
 * If an object is in the own place of a candidate, keeps the candidates with the innermost place around it. Others that
 * declare the same place or one within it as their output count too, whatever name is in the path.
 */
function innermostOwners(scored: readonly ScoredCandidate[]): readonly ScoredCandidate[] {
  if (!scored.some(({ bits }) => (bits & evidence.ownObject) !== 0)) {
    return scored;
  }
  const writers = scored.filter(({ bits }) => (bits & (evidence.ownObject | evidence.output)) !== 0);
  const innermost = Math.max(...writers.map(({ place }) => place?.length ?? 0));
  return writers.filter(({ place }) => place?.length === innermost);
}

/** Sorts by better evidence, then by the nearer start, then by ARN and run. */
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
