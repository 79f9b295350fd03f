import { beforeCreationMs, type Candidate, mayDeclare, provisioningMs } from './candidate.ts';
import { evidence } from './evidence.ts';
import { bucketOf, isBelow, namesBelow } from './s3-path.ts';
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
  /** Whether the sessions of jobs are named so. */
  readonly isNamedLikeJobs: (kind: SessionNameKind) => boolean;
}

/** Of a use of which nothing else is known. */
export const stranger: Acquaintance = {
  isSessionKnown: false,
  isSessionOf: () => false,
  usersOfKey: [],
  isNamedLikeJobs: () => true,
};

/** The jobs that may have made a use, weighed, and why others that are alive cannot have. */
export interface Weighing {
  readonly weighed: readonly Weighed[];
  readonly denials: ReadonlySet<Denial>;
}

export function weighAll(live: readonly Candidate[], sighting: Sighting, known: Acquaintance): Weighing {
  const weighed: Weighed[] = [];
  const denials = new Set<Denial>();
  for (const candidate of live) {
    const found = weigh(candidate, sighting, known);
    if (typeof found === 'string') {
      denials.add(found);
    } else if (!candidate.isLongLived || (found.bits & agreement) !== 0) {
      weighed.push(found);
    }
  }
  return { weighed, denials };
}

/** What must agree before a resource that is always alive is thought of. */
const agreement =
  evidence.ownObject |
  evidence.session |
  evidence.sessionName |
  evidence.output |
  evidence.bucket |
  evidence.declaredKey;

/** Why a job that is alive cannot have made a use. */
export type Denial =
  | 'session-older'
  | 'session-of-another'
  | 'session-named-unlike'
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
  if (job.type === 'hyper-parameter-tuning-job' && job.children.length > 0) {
    return 'works-through-children';
  }
  let bits = 0;
  if (known.isSessionOf(candidate)) {
    bits |= evidence.session;
  } else if (known.isSessionKnown) {
    return 'session-of-another';
  }
  const { sessionStartMs } = sighting;
  if (sessionStartMs !== undefined) {
    if (sessionStartMs < candidate.createdMs - beforeCreationMs) {
      return 'session-older';
    }
    if (sessionStartMs <= Math.max(candidate.startedMs, candidate.createdMs) + startSlackMs) {
      bits |= evidence.sessionStart;
    }
  }
  const { sourceIdentity } = sighting;
  const launcherIdentity = job.launcher?.sourceIdentity;
  if (sourceIdentity !== undefined && launcherIdentity !== undefined) {
    if (sourceIdentity !== launcherIdentity) {
      return 'another-person';
    }
    bits |= evidence.person;
  }
  if (sighting.sessionName !== undefined) {
    const kind = kindOfSessionName(sighting.sessionName, job.name);
    if (kind === 'job') {
      bits |= evidence.sessionName;
    } else if ((bits & evidence.session) === 0 && !known.isNamedLikeJobs(kind)) {
      return 'session-named-unlike';
    }
  }
  const { keyArn } = sighting;
  if (keyArn !== undefined && mayDeclare(candidate.keys, keyArn)) {
    bits |= evidence.declaredKey;
  }
  if (known.usersOfKey.includes(job.id)) {
    bits |= evidence.usedKey;
  }
  return sighting.path === undefined
    ? { candidate, bits, place: undefined }
    : withPlace(candidate, bits, sighting.path);
}

/** How long after its start a job's first session may begin: instances of a cluster come one after the other. */
const startSlackMs = provisioningMs / 5;

function withPlace(candidate: Candidate, bits: number, path: string): Weighed {
  let place: string | undefined;
  let bit = 0;
  for (const output of candidate.outputs) {
    if (!isBelow(path, output.place) || output.place.length <= (place?.length ?? 0)) {
      continue;
    }
    const isFolder = output.place.includes('/');
    if (output.isOwn || (output.isCheckpoint && isFolder)) {
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
