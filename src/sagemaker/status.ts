/** Last statuses of jobs. Kinds spell them differently: `Completed`, `COMPLETED`, `CompletedWithFailures`. */
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

/** Last statuses of lasting resources. `failed` is none, because an update may bring a failed endpoint into service. */
const lastOfLasting: ReadonlySet<string> = new Set([
  'cancelled',
  'completed',
  'createfailed',
  'deleted',
  'deleting',
  'stopped',
]);

/**
 * Whether a resource with this status no longer uses keys. Spellings differ: `InService` in responses is `IN_SERVICE` in
 * state changes.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 */
export function isLastStatus(status: string, life: 'job' | 'lasting' | 'definition'): boolean {
  const plain = status.replace(/[_\s]/g, '').toLowerCase();
  return (life === 'job' ? lastOfJobs : lastOfLasting).has(plain);
}

/** Whether a resource is stopping, which may still not succeed. */
export function isStoppingStatus(status: string): boolean {
  return status.toLowerCase() === 'stopping';
}

export function isDeletionStatus(status: string): boolean {
  const plain = status.toLowerCase();
  return plain === 'deleting' || plain === 'deleted';
}
