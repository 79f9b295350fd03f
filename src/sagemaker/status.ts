/** Of a job, whatever its kind's spelling: `Completed`, `COMPLETED`, `CompletedWithFailures`. */
const lastOfJobs: ReadonlySet<string> = new Set([
  'cancelled',
  'completed',
  'completedwithfailures',
  'deleted',
  'deleting',
  'expired',
  'failed',
  'stopped',
  'succeeded',
]);

/** Of what lasts; an endpoint that failed may be updated into service again. */
const lastOfLasting: ReadonlySet<string> = new Set([
  'cancelled',
  'completed',
  'createfailed',
  'deleted',
  'deleting',
  'stopped',
]);

/**
 * Whether a resource with that status uses no key any more. SageMaker writes statuses in the spelling of each
 * kind: `InService` in answers is `IN_SERVICE` in state changes.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 */
export function isLastStatus(status: string, life: 'job' | 'lasting' | 'definition'): boolean {
  const plain = status.replace(/[_\s]/g, '').toLowerCase();
  return (life === 'job' ? lastOfJobs : lastOfLasting).has(plain);
}

/** On its way to an end, which it may still not reach. */
export function isStoppingStatus(status: string): boolean {
  return status.toLowerCase() === 'stopping';
}

export function isDeletionStatus(status: string): boolean {
  const plain = status.toLowerCase();
  return plain === 'deleting' || plain === 'deleted';
}
