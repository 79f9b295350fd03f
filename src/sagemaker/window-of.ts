import type { Job } from './job.ts';
import { kindOfType } from './resource-kinds.ts';

/** Between the hosts whose clocks time a job's creation and a key's use. */
const clockSkewMs = 60_000;

/**
 * A request's time is that of its completion: before it SageMaker has taken on the role, to check the request, and
 * asked for the grant on the volume's key.
 */
const beforeCreationMs = 4 * 60_000;

/**
 * After the end multipart uploads are completed, volumes detached and grants retired. A job that is stopped has 120
 * seconds to finish, then its output is uploaded.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
 */
const cleanUpMs = 14 * 60_000;

/** Epoch milliseconds; a side that nothing bounds is absent. */
export interface JobWindow {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/**
 * The time in which a job's uses of keys are expected, allowances included: from shortly before its creation until it
 * has cleaned up. Of a job whose creation nothing tells it begins with its start, or when a job that ended then can
 * have been created at the earliest.
 */
export function windowOf(job: Job): JobWindow {
  const firstMs = job.created?.timeMs ?? job.started?.timeMs ?? earliestCreationMs(job);
  return {
    ...(firstMs === undefined ? {} : { fromMs: firstMs - beforeCreationMs - clockSkewMs }),
    ...(job.ended === undefined ? {} : { toMs: job.ended.timeMs + cleanUpMs + clockSkewMs }),
  };
}

function earliestCreationMs({ type, ended, maxRuntimeSeconds }: Job): number | undefined {
  const longestSeconds = maxRuntimeSeconds ?? kindOfType(type)?.longestSeconds;
  if (ended === undefined || longestSeconds === undefined) {
    return undefined;
  }
  // An end that is a bound lies that long after an event of the job, which may itself be as long after its creation.
  const times = ended.from === 'maximum-runtime' ? 2 : 1;
  return ended.timeMs - times * longestSeconds * 1000;
}
