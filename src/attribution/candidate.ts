import { keyArnOfId } from '../kms/key-arn.ts';
import type { Job } from '../sagemaker/job.ts';
import { windowOf } from '../sagemaker/window-of.ts';
import { isLongLived } from './running-resource.ts';
import { bucketOfPath, placeOf } from './s3-path.ts';

/** The key that a request's reference meant then, as far as is known. */
export type ResolveKey = (
  reference: string,
  accountId: string,
  region: string,
  timeMs: number,
) => string | undefined;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How much earlier than a job the sessions that are its own may have begun: clocks of two services differ. */
export const beforeCreationMs = 2 * minuteMs;
/** How long the instances of a job may take to come, with their sessions and volumes, where no start is told. */
export const provisioningMs = 15 * minuteMs;
/** The longest that a job without any known end is looked for: the default quota of a training job's run time. */
const longestRunMs = 5 * 24 * hourMs;

/** A place in S3 that a job writes to, as `bucket/prefix`. */
interface OutputPlace {
  readonly place: string;
  /**
   * Whether no other job writes there: the job's name stands in it, or it is for its checkpoints and it is no child,
   * whose siblings may have theirs in the same place.
   */
  readonly isOwn: boolean;
}

/** A run of a job as the join looks at it: worked out once, asked for many times. */
export interface Candidate {
  readonly job: Job;
  /** When uses of it are expected, allowances included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When it came to be, and when its instances were there; the best that is known. */
  readonly createdMs: number;
  readonly startedMs: number;
  /** Whether its end, or that it runs on, is told, not merely bounded. */
  readonly isEndKnown: boolean;
  readonly isLongLived: boolean;
  readonly outputs: readonly OutputPlace[];
  readonly inputs: readonly string[];
  readonly buckets: ReadonlySet<string>;
  readonly volumeKeys: CandidateKeys;
  readonly keys: CandidateKeys;
}

/** Keys that a request names. An alias that no record resolves may mean any. */
export interface CandidateKeys {
  readonly arns: ReadonlySet<string>;
  readonly isComplete: boolean;
}

/** Whether a key is, or may be, among those that are declared. */
export function mayDeclare({ arns, isComplete }: CandidateKeys, keyArn: string): boolean {
  return arns.has(keyArn) || !isComplete;
}

/** By when the instances of a job are there, with their volumes and first sessions; some come after the start is told. */
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
  return { place, isOwn };
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
