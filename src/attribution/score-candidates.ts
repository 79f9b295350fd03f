import { type Candidate, mayDeclare } from './candidate.ts';
import { evidence } from './evidence.ts';
import { placeEvidence } from './place-evidence.ts';
import { isInteractive } from './running-resource.ts';
import type { Exclusion, SessionContext } from './session-context.ts';
import { withNameKind, withSessionStart } from './session-evidence.ts';
import { kindOfSessionName } from './session-name.ts';
import type { UseFeatures } from './use-features.ts';

/** The scored candidates for a use, and why other live jobs are excluded. */
export interface Scoring {
  readonly scored: readonly ScoredCandidate[];
  /** Notebooks and Studio, whose only evidence is that they are alive and that SageMaker named the session. */
  readonly standing: readonly ScoredCandidate[];
  readonly exclusions: ReadonlySet<Exclusion>;
}

const none: readonly ScoredCandidate[] = [];
const noExclusions: ReadonlySet<Exclusion> = new Set();

export function scoreCandidates(
  live: readonly Candidate[],
  features: UseFeatures,
  known: SessionContext,
): Scoring {
  const scored: ScoredCandidate[] = [];
  let standing: readonly ScoredCandidate[] = none;
  let exclusions = noExclusions;
  for (const candidate of live) {
    const found = scoreCandidate(candidate, features, known);
    if (typeof found === 'string') {
      exclusions = exclusions.has(found) ? exclusions : new Set([...exclusions, found]);
    } else if (!candidate.isLongLived || agrees(found, features) || known.isForVolume?.(candidate) === true) {
      scored.push(found);
    } else if (isNamedBySageMaker(features) || mayBeInteractive(found)) {
      standing = [...standing, found];
    }
  }
  return scored.length > 0
    ? { scored, standing: standing.filter(({ candidate }) => isInteractive(candidate.job.type)), exclusions }
    : { scored: standing, standing: none, exclusions };
}

/** Whether a session may be that of a notebook or Studio, which may use anything. */
function mayBeInteractive({ candidate, bits }: ScoredCandidate): boolean {
  return (
    isInteractive(candidate.job.type) &&
    (bits & (evidence.sessionStart | evidence.onTheHour)) !== 0 &&
    (bits & (evidence.unlikeName | evidence.strangeName)) === 0
  );
}

/** Whether a resource that lives for months has enough evidence to be a candidate. */
function agrees({ candidate, bits }: ScoredCandidate, { isOutput }: UseFeatures): boolean {
  // The places of a resource that was created before its records began are not known.
  if (isOutput && candidate.buckets.size === 0 && !isInteractive(candidate.job.type)) return true;
  const key = evidence.bucket | evidence.declaredKey;
  const place = evidence.ownObject | evidence.output | evidence.input;
  return (bits & (place | ofJobSession)) !== 0 || (bits & key) === key;
}

/**
 * Whether the session is named as those of notebooks and Studio are, according to their documented error messages.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
 */
export function isNamedBySageMaker({ sessionName }: UseFeatures): boolean {
  return sessionName !== undefined && /^sagemaker/i.test(sessionName);
}

export interface ScoredCandidate {
  readonly candidate: Candidate;
  readonly bits: number;
  /** The place in S3 that the evidence is about. */
  readonly place: string | undefined;
}

/** The evidence for a job, or why it cannot have made the use. */
function scoreCandidate(
  candidate: Candidate,
  features: UseFeatures,
  known: SessionContext,
): ScoredCandidate | Exclusion {
  const { job } = candidate;
  if (job.children.length > 0 && worksThroughChildren(job.type)) {
    return 'works-through-children';
  }
  const placed = placeEvidence(candidate, features.path);
  let bits = withOwner(placed.bits, candidate, known);
  if (typeof bits === 'string') return bits;
  bits = withPerson(bits, candidate, features);
  if (typeof bits === 'string') return bits;
  const { sessionName } = features;
  const kind = sessionName === undefined ? undefined : kindOfSessionName(sessionName, job.name);
  if (kind === 'job' && !known.habits.areMisnamed) {
    bits |= evidence.sessionName;
  }
  bits = withSessionStart(bits, candidate, features, known);
  if (typeof bits === 'string') return bits;
  bits = withNameKind(bits, kind, candidate, features, known);
  if (typeof bits === 'string') return bits;
  if (known.isSessionPlacedBy(candidate)) bits |= evidence.placedSession;
  bits = withKey(bits, candidate, features, known);
  if (features.region === job.region) bits |= evidence.sameRegion;
  return { candidate, bits, place: placed.place };
}

function withOwner(bits: number, candidate: Candidate, known: SessionContext): number | Exclusion {
  if (known.isSessionOf(candidate)) {
    return bits | evidence.session;
  }
  return known.isSessionKnown && known.habits.habit !== 'shared' ? 'session-of-another' : bits;
}

function withPerson(bits: number, { job }: Candidate, { sourceIdentity }: UseFeatures): number | Exclusion {
  const launcherIdentity = job.launcher?.sourceIdentity;
  if (sourceIdentity === undefined || launcherIdentity === undefined) {
    return bits;
  }
  return sourceIdentity === launcherIdentity ? bits | evidence.person : 'another-person';
}

function withKey(
  bits: number,
  { job, keys }: Candidate,
  { keyArn, isOutput }: UseFeatures,
  { usersOfKey }: SessionContext,
): number {
  let found = bits;
  if (keyArn !== undefined && mayDeclare(keys, keyArn)) {
    found |= evidence.declaredKey;
  } else if (isOutput && job.outputKeys.length === 0) {
    found |= evidence.defaultKey;
  }
  return usersOfKey.includes(job.id) ? found | evidence.usedKey : found;
}

/** The jobs that tuning and AutoML create do their work. If none is known, they stand for them. */
function worksThroughChildren(type: string): boolean {
  return type === 'hyper-parameter-tuning-job' || type === 'automl-job';
}

const ofJobSession = evidence.session | evidence.sessionName;
