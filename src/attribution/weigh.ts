import { type Candidate, mayDeclare } from './candidate.ts';
import { evidence } from './evidence.ts';
import { bucketOf, isBelow, namesBelow } from './s3-path.ts';
import { beginningOf, type SessionHabit } from './session-habit.ts';
import { kindOfSessionName, type SessionNameKind } from './session-name.ts';
import type { Sighting } from './sighting.ts';

/** What else is known of the use's session, key and role. */
export interface Acquaintance {
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
export const stranger: Acquaintance = {
  isSessionKnown: false,
  isSessionOf: () => false,
  usersOfKey: [],
  sessions: 'unknown',
  isNamedLikeJobs: () => true,
};

/** The jobs that may have made a use, weighed, and why others that are alive cannot have. */
export interface Weighing {
  readonly weighed: readonly Weighed[];
  /** Notebooks and Studio, for which no more speaks than that they are always there and the session's name. */
  readonly standing: readonly Weighed[];
  readonly denials: ReadonlySet<Denial>;
}

const nobody: readonly Weighed[] = [];
const noDenials: ReadonlySet<Denial> = new Set();

export function weighAll(live: readonly Candidate[], sighting: Sighting, known: Acquaintance): Weighing {
  const weighed: Weighed[] = [];
  let standing: readonly Weighed[] = nobody;
  let denials = noDenials;
  for (const candidate of live) {
    const found = weigh(candidate, sighting, known);
    if (typeof found === 'string') {
      denials = denials.has(found) ? denials : new Set([...denials, found]);
    } else if (!candidate.isLongLived || agrees(found.bits) || known.isForVolume?.(candidate) === true) {
      weighed.push(found);
    } else if (isNamedBySageMaker(sighting)) {
      standing = [...standing, found];
    }
  }
  return weighed.length > 0
    ? { weighed, standing: standing.filter(({ candidate }) => isInteractive(candidate.job.type)), denials }
    : { weighed: standing, standing: nobody, denials };
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
export function isNamedBySageMaker({ sessionName }: Sighting): boolean {
  return sessionName !== undefined && /^sagemaker/i.test(sessionName);
}

/** Why a job that is alive cannot have made a use. */
export type Denial =
  | 'session-older'
  | 'session-of-another'
  | 'session-named-unlike'
  | 'session-begun-between'
  | 'another-person'
  | 'works-through-children';

export interface Weighed {
  readonly candidate: Candidate;
  readonly bits: number;
  /** The place in S3 that the evidence is of. */
  readonly place: string | undefined;
}

/** What speaks for a job, or why it cannot have been this one. */
function weigh(candidate: Candidate, sighting: Sighting, known: Acquaintance): Weighed | Denial {
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
  const { sourceIdentity } = sighting;
  const launcherIdentity = job.launcher?.sourceIdentity;
  if (sourceIdentity !== undefined && launcherIdentity !== undefined) {
    if (sourceIdentity !== launcherIdentity) {
      return 'another-person';
    }
    bits |= evidence.person;
  }
  const { sessionName } = sighting;
  const kind = sessionName === undefined ? undefined : kindOfSessionName(sessionName, job.name);
  if (kind === 'job') {
    bits |= evidence.sessionName;
  }
  const { sessionStartMs } = sighting;
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
  const { keyArn } = sighting;
  if (keyArn !== undefined && mayDeclare(candidate.keys, keyArn)) {
    bits |= evidence.declaredKey;
  } else if (sighting.isOutput && job.outputKeys.length === 0) {
    bits |= evidence.defaultKey;
  }
  if (known.usersOfKey.includes(job.id)) {
    bits |= evidence.usedKey;
  }
  return sighting.path === undefined
    ? { candidate, bits, place: undefined }
    : withPlace(candidate, bits, sighting.path);
}

/** Of tuning and AutoML the jobs that they make do the work; where none is known they stand for them. */
function worksThroughChildren(type: string): boolean {
  return type === 'hyper-parameter-tuning-job' || type === 'automl-job';
}

const tied = evidence.session | evidence.sessionName;

function withPlace(candidate: Candidate, bits: number, path: string): Weighed {
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
    const bucket = bucketOf(path);
    if (candidate.buckets.has(bucket)) {
      bit = evidence.bucket;
      place = bucket;
    }
  }
  return { candidate, bits: bits | bit, place };
}
