import { keyArnOfId } from '../kms/key-arn.ts';
import type { Job } from '../sagemaker/job.ts';
import { windowOf } from '../sagemaker/window-of.ts';
import { isLongLived } from './running-resource.ts';
import { bucketOfPath, placeOf } from './s3-path.ts';

/** The key that a reference in a request meant at a time; undefined if unknown. */
export type ResolveKey = (
  reference: string,
  accountId: string,
  region: string,
  timeMs: number,
) => string | undefined;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How much earlier than its creation a job's own session may begin, because the clocks of two services differ. */
export const beforeCreationMs = 2 * minuteMs;
/** How long instances may take to start, with their sessions and volumes, if no record has the start. */
export const provisioningMs = 15 * minuteMs;
/** The assumed longest run of a job without a known end: the default quota of a training job's run time. */
const longestRunMs = 5 * 24 * hourMs;

/** A place in S3 that a job writes to, as `bucket/prefix`. */
interface OutputPlace {
  readonly place: string;
  /**
   * Whether no other job writes there: the place contains the job's name, or it holds the checkpoints of a job that is
   * no child. Siblings may have their checkpoints in one place.
   */
  readonly isOwn: boolean;
  /** Whether it holds checkpoints, which the job reads again. It only writes its other outputs. */
  readonly isCheckpoint: boolean;
}

/** A run of a job, prepared for the join. */
export interface Candidate {
  readonly job: Job;
  /** The window in which uses are expected, allowances included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When it was created and when its instances started, as well as records show. */
  readonly createdMs: number;
  readonly startedMs: number;
  /** Whether a record shows its end, or that it still runs, rather than an upper bound. */
  readonly isEndKnown: boolean;
  readonly isLongLived: boolean;
  readonly outputs: readonly OutputPlace[];
  readonly inputs: readonly string[];
  readonly buckets: ReadonlySet<string>;
  readonly volumeKeys: CandidateKeys;
  readonly keys: CandidateKeys;
}

/** The keys that a request names. Incomplete if no record resolves one of its aliases, which may then mean any key. */
export interface CandidateKeys {
  readonly arns: ReadonlySet<string>;
  readonly isComplete: boolean;
}

/** Whether a key is, or may be, one of the declared keys. */
export function mayDeclare({ arns, isComplete }: CandidateKeys, keyArn: string): boolean {
  return arns.has(keyArn) || !isComplete;
}

/** By when all instances of a job run, with their volumes and first sessions. Some start later than the recorded start. */
export function instancesThereMs({ job, createdMs, startedMs }: Candidate): number {
  return job.started === undefined ? createdMs + provisioningMs : startedMs + startSlackMs;
}

const startSlackMs = 3 * minuteMs;

export function candidateOf(job: Job, resolveKey: ResolveKey | undefined): Candidate {
  const lives = isLongLived(job.type);
  const created = job.created?.timeMs ?? job.started?.timeMs ?? job.ended?.timeMs;
  const started = job.started?.timeMs;
  const ended = job.ended?.timeMs;
  const createdMs =
    created === undefined
      ? Number.NEGATIVE_INFINITY
      : job.created !== undefined
        ? created
        : job.started !== undefined
          ? created - provisioningMs
          : created - (job.maxRuntimeSeconds ?? longestRunMs / 1000) * 1000 - provisioningMs;
  const window = ended !== undefined && ended < createdMs ? {} : windowOf(job);
  const volumeKeys = keysOf(job, job.volumeKeys, createdMs, resolveKey);
  const outputs = [
    ...job.outputs.map((location) => outputPlace(job, location, false)),
    ...job.checkpoints.map((location) => outputPlace(job, location, true)),
  ];
  const inputs = job.inputs.map(placeOf);
  return {
    job,
    fromMs: window.fromMs ?? createdMs - beforeCreationMs,
    toMs: window.toMs ?? (lives ? Number.POSITIVE_INFINITY : createdMs + longestRunMs),
    createdMs,
    startedMs: started !== undefined && started >= createdMs ? started : createdMs,
    isEndKnown: job.ended === undefined ? lives : job.ended.from === 'told' || job.ended.from === 'event',
    isLongLived: lives,
    outputs,
    inputs,
    buckets: new Set([...inputs, ...outputs.map(({ place }) => place)].map(bucketOfPath)),
    volumeKeys,
    keys: keysOf(job, [...job.volumeKeys, ...job.outputKeys, ...job.dataKeys], createdMs, resolveKey),
  };
}

function outputPlace(job: Job, location: Job['outputs'][number], isCheckpoint: boolean): OutputPlace {
  const declared = placeOf(location);
  const place = location.belowJobName === true ? `${declared}/${job.name}` : declared;
  const isOwn =
    location.belowJobName === true ||
    declared.split('/').includes(job.name, 1) ||
    (isCheckpoint && location.prefix !== '' && job.parents.length === 0);
  return { place, isOwn, isCheckpoint };
}

function keysOf(
  job: Job,
  references: readonly string[],
  timeMs: number,
  resolveKey: ResolveKey | undefined,
): CandidateKeys {
  const arns = new Set<string>();
  let isComplete = true;
  for (const reference of references) {
    const key =
      resolveKey?.(reference, job.accountId, job.region, timeMs) ??
      (reference.startsWith('arn:') ? reference : keyArnOfId(reference, job.accountId, job.region));
    if (key !== undefined) {
      arns.add(key);
    } else {
      isComplete = false;
    }
  }
  return { arns, isComplete };
}
