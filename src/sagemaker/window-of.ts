import type { Job } from './job.ts';
import { kindOfType } from './resource-kinds.ts';

/** The clock difference between the hosts that record a job's creation and a key's use. */
const clockSkewMs = 60_000;

/**
 * The time of a request is that of its completion. Before it SageMaker has assumed the role to check the request, and
 * requested the grant on the volume's key.
 */
const beforeCreationMs = 4 * 60_000;

/**
 * After the end, multipart uploads are completed, volumes detached and grants retired. A stopped job has 120 seconds to
 * finish, and then uploads its output.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
 */
const cleanUpMs = 14 * 60_000;

/** Epoch milliseconds. An unbounded side is absent. */
export interface JobWindow {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/**
 * The window in which a job's uses of keys are expected, allowances included: from shortly before its creation until it
 * has cleaned up. Without a known creation it begins with the start, or with the earliest possible creation of a job
 * that ended then.
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
  // The bound is one longest runtime after an event of the job, which may be as long after its creation.
  const times = ended.from === 'maximum-runtime' ? 2 : 1;
  return ended.timeMs - times * longestSeconds * 1000;
}
