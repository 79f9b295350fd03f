import { type Candidate, mayDeclare } from './candidate.ts';
import { evidence } from './evidence.ts';
import { bucketOfPath, isBelow, namesBelow } from './s3-path.ts';
import { beginningOf, type SessionHabit } from './session-habit.ts';
import { kindOfSessionName, type SessionNameKind } from './session-name.ts';
import type { UseFeatures } from './use-features.ts';

/** What else is known of the use's session, key and role. */
export interface SessionContext {
  /** Whether the session is known to be this job's. */
  readonly isSessionOf: (candidate: Candidate) => boolean;
  /** Whether it is known to be some job's. */
  readonly isSessionKnown: boolean;
  /** Ids of the jobs that were seen using the key. */
  readonly usersOfKey: readonly string[];
  readonly sessions: SessionHabit;
  /** Of a volume: whether the resource may just have been given its instances. */
  readonly isForVolume?: (candidate: Candidate) => boolean;
  /** Whether the sessions of jobs are named so. */
  readonly isNamedLikeJobs: (kind: SessionNameKind) => boolean;
}

/** Of a use of which nothing else is known. */
export const noContext: SessionContext = {
  isSessionKnown: false,
  isSessionOf: () => false,
  usersOfKey: [],
  sessions: 'unknown',
  isNamedLikeJobs: () => true,
};

/** The jobs that may have made a use, scored, and why others that are alive cannot have. */
export interface Scoring {
  readonly scored: readonly ScoredCandidate[];
  /** Notebooks and Studio, for which no more speaks than that they are always there and the session's name. */
  readonly standing: readonly ScoredCandidate[];
  readonly exclusions: ReadonlySet<Exclusion>;
}

const nobody: readonly ScoredCandidate[] = [];
const noExclusions: ReadonlySet<Exclusion> = new Set();

export function scoreCandidates(
  live: readonly Candidate[],
  features: UseFeatures,
  known: SessionContext,
): Scoring {
  const scored: ScoredCandidate[] = [];
  let standing: readonly ScoredCandidate[] = nobody;
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
    : { scored: standing, standing: nobody, exclusions };
}

/** Whether enough agrees that a resource that is always alive is thought of. */
function agrees(bits: number): boolean {
  const key = evidence.bucket | evidence.declaredKey;
  return (bits & (evidence.ownObject | tied | evidence.output)) !== 0 || (bits & key) === key;
}

/** Where people work with code of their own, which may do anything that its role can. */
function isInteractive(type: string): boolean {
  return type === 'notebook-instance' || type === 'domain' || type === 'space' || type === 'app';
}

/**
 * Notebooks and Studio work in sessions of that name, as the errors that they show to people tell.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
 */
export function isNamedBySageMaker({ sessionName }: UseFeatures): boolean {
  return sessionName !== undefined && /^sagemaker/i.test(sessionName);
}

/** Why a job that is alive cannot have made a use. */
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
  /** The place in S3 that the evidence is of. */
  readonly place: string | undefined;
}

/** What speaks for a job, or why it cannot have been this one. */
function scoreCandidate(
  candidate: Candidate,
  features: UseFeatures,
  known: SessionContext,
): ScoredCandidate | Exclusion {
  const { job } = candidate;
  if (job.children.length > 0 && worksThroughChildren(job.type)) {
    return 'works-through-children';
  }
  let bits = 0;
  if (known.isSessionOf(candidate)) {
    bits |= evidence.session;
  } else if (known.isSessionKnown && known.sessions !== 'shared') {
    return 'session-of-another';
  }
  const { sourceIdentity } = features;
  const launcherIdentity = job.launcher?.sourceIdentity;
  if (sourceIdentity !== undefined && launcherIdentity !== undefined) {
    if (sourceIdentity !== launcherIdentity) {
      return 'another-person';
    }
    bits |= evidence.person;
  }
  const { sessionName } = features;
  const kind = sessionName === undefined ? undefined : kindOfSessionName(sessionName, job.name);
  if (kind === 'job') {
    bits |= evidence.sessionName;
  }
  const { sessionStartMs } = features;
  if (sessionStartMs !== undefined) {
    const when = beginningOf(sessionStartMs, candidate);
    if (known.sessions === 'shared') {
      bits &= ~evidence.session;
    } else if (when === 'before') {
      return 'session-older';
    } else if (when === 'first') {
      bits |= evidence.sessionStart;
    } else {
      if ((bits & tied) === 0 && (when === 'between' || known.sessions === 'last')) {
        return 'session-begun-between';
      }
      bits |= evidence.laterSession;
    }
  }
  // Of notebooks and Studio it is known how their sessions are named, whatever those of jobs are.
  const isAsNotebooks = kind === 'sagemaker' && isInteractive(job.type);
  if (kind !== undefined && kind !== 'job' && !isAsNotebooks && !known.isNamedLikeJobs(kind)) {
    if ((bits & evidence.sessionStart) === 0) {
      return 'session-named-unlike';
    }
    bits |= evidence.unlikeName;
  }
  const { keyArn } = features;
  if (keyArn !== undefined && mayDeclare(candidate.keys, keyArn)) {
    bits |= evidence.declaredKey;
  } else if (features.isOutput && job.outputKeys.length === 0) {
    bits |= evidence.defaultKey;
  }
  if (known.usersOfKey.includes(job.id)) {
    bits |= evidence.usedKey;
  }
  return features.path === undefined
    ? { candidate, bits, place: undefined }
    : withPlace(candidate, bits, features.path);
}

/** Of tuning and AutoML the jobs that they make do the work; where none is known they stand for them. */
function worksThroughChildren(type: string): boolean {
  return type === 'hyper-parameter-tuning-job' || type === 'automl-job';
}

const tied = evidence.session | evidence.sessionName;

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
