import { type Candidate, mayDeclare } from './candidate.ts';
import { evidence } from './evidence.ts';
import { bucketOfPath, isBelow, namesBelow } from './s3-path.ts';
import { beginningOf, type SessionHabit } from './session-habit.ts';
import { kindOfSessionName, type SessionNameKind } from './session-name.ts';
import type { UseFeatures } from './use-features.ts';

/** What is known about the session, key and role of a use besides the use itself. */
export interface SessionContext {
  /** Whether the session is known to be the candidate's. */
  readonly isSessionOf: (candidate: Candidate) => boolean;
  /** Whether the session is known to be some job's. */
  readonly isSessionKnown: boolean;
  /** Ids of the jobs that were observed to use the key. */
  readonly usersOfKey: readonly string[];
  readonly sessions: SessionHabit;
  /** For the grant of a volume: whether the instances of the candidate may have been starting. */
  readonly isForVolume?: (candidate: Candidate) => boolean;
  /** Whether sessions of jobs of a type have names of this kind. */
  readonly isNamedLikeJobs: (kind: SessionNameKind, jobType: string) => boolean;
}

/** Nothing is known besides the use. */
export const noContext: SessionContext = {
  isSessionKnown: false,
  isSessionOf: () => false,
  usersOfKey: [],
  sessions: 'unknown',
  isNamedLikeJobs: () => true,
};

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
    } else if (!candidate.isLongLived || agrees(found.bits) || known.isForVolume?.(candidate) === true) {
      scored.push(found);
    } else if (isNamedBySageMaker(features)) {
      standing = [...standing, found];
    }
  }
  return scored.length > 0
    ? { scored, standing: standing.filter(({ candidate }) => isInteractive(candidate.job.type)), exclusions }
    : { scored: standing, standing: none, exclusions };
}

/** Whether a resource that lives for months has enough evidence to be a candidate. */
function agrees(bits: number): boolean {
  const key = evidence.bucket | evidence.declaredKey;
  const place = evidence.ownObject | evidence.output | evidence.input;
  return (bits & (place | ofJobSession)) !== 0 || (bits & key) === key;
}

/** Whether people run their own code in the resource, which may do anything that its role allows. */
function isInteractive(type: string): boolean {
  return type === 'notebook-instance' || type === 'domain' || type === 'space' || type === 'app';
}

/**
 * Whether the session is named as those of notebooks and Studio are, according to their documented error messages.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
 */
export function isNamedBySageMaker({ sessionName }: UseFeatures): boolean {
  return sessionName !== undefined && /^sagemaker/i.test(sessionName);
}

/** Why a live job cannot have made a use. */
export type Exclusion =
  | 'session-older'
  | 'session-of-another'
  | 'session-named-unlike'
  | 'session-begun-between'
  | 'another-person'
  | 'works-through-children';

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
  let bits = ownerEvidence(candidate, known);
  if (typeof bits === 'string') return bits;
  bits = withPerson(bits, candidate, features);
  if (typeof bits === 'string') return bits;
  const { sessionName } = features;
  const kind = sessionName === undefined ? undefined : kindOfSessionName(sessionName, job.name);
  if (kind === 'job') {
    bits |= evidence.sessionName;
  }
  bits = withSessionStart(bits, candidate, features, known);
  if (typeof bits === 'string') return bits;
  bits = withKey(bits, candidate, features, known);
  if (features.region === job.region) bits |= evidence.sameRegion;
  const scored =
    features.path === undefined
      ? { candidate, bits, place: undefined }
      : withPlace(candidate, bits, features.path);
  const named = withNameKind(scored.bits, kind, candidate, known);
  return typeof named === 'string' ? named : { ...scored, bits: named };
}

function ownerEvidence(candidate: Candidate, known: SessionContext): number | Exclusion {
  if (known.isSessionOf(candidate)) {
    return evidence.session;
  }
  return known.isSessionKnown && known.sessions !== 'shared' ? 'session-of-another' : 0;
}

function withPerson(bits: number, { job }: Candidate, { sourceIdentity }: UseFeatures): number | Exclusion {
  const launcherIdentity = job.launcher?.sourceIdentity;
  if (sourceIdentity === undefined || launcherIdentity === undefined) {
    return bits;
  }
  return sourceIdentity === launcherIdentity ? bits | evidence.person : 'another-person';
}

function withSessionStart(
  bits: number,
  candidate: Candidate,
  { sessionStartMs }: UseFeatures,
  { sessions }: SessionContext,
): number | Exclusion {
  if (sessionStartMs === undefined) {
    return bits;
  }
  if (sessions === 'shared') {
    return bits & ~evidence.session;
  }
  const when = beginningOf(sessionStartMs, candidate);
  switch (when) {
    case 'before':
      return 'session-older';
    case 'first':
      return bits | evidence.sessionStart;
    case 'between':
    case 'later':
      return (bits & ofJobSession) === 0 && (when === 'between' || sessions === 'last')
        ? 'session-begun-between'
        : bits | evidence.laterSession;
    default:
      return when satisfies never;
  }
}

function withNameKind(
  bits: number,
  kind: SessionNameKind | undefined,
  { job }: Candidate,
  known: SessionContext,
): number | Exclusion {
  // AWS documents how the sessions of notebooks and Studio are named, unlike those of jobs.
  const isLikeNotebooks = kind === 'sagemaker' && isInteractive(job.type);
  if (kind === undefined || kind === 'job' || isLikeNotebooks || known.isNamedLikeJobs(kind, job.type)) {
    return bits;
  }
  // How other jobs' sessions are named does not outweigh what the use itself shows.
  if ((bits & (evidence.ownObject | evidence.session)) !== 0) {
    return bits | evidence.unlikeName;
  }
  return (bits & evidence.sessionStart) === 0 ? 'session-named-unlike' : bits | evidence.unlikeName;
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

function withPlace(candidate: Candidate, bits: number, path: string): ScoredCandidate {
  let place: string | undefined;
  let bit = 0;
  for (const output of candidate.outputs) {
    if (!isBelow(path, output.place) || output.place.length <= (place?.length ?? 0)) {
      continue;
    }
    const isFolder = output.place.includes('/');
    if (output.isOwn) {
      bit = evidence.ownObject;
      place = output.place;
    } else if (namesBelow(path, output.place, candidate.job.name)) {
      bit = evidence.ownObject;
      place = `${output.place}/…${candidate.job.name}`;
    } else if (isFolder) {
      bit = evidence.output;
      place = output.place;
    }
  }
  if (bit !== evidence.ownObject) {
    for (const input of candidate.inputs) {
      if (path.startsWith(input) && input.includes('/') && input.length > (place?.length ?? 0)) {
        bit = evidence.input;
        place = input;
      }
    }
  }
  if (bit === 0) {
    const bucket = bucketOfPath(path);
    if (candidate.buckets.has(bucket)) {
      bit = evidence.bucket;
      place = bucket;
    }
  }
  return { candidate, bits: bits | bit, place };
}
