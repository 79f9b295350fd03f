import { KMS_OPERATIONS } from '../../kms/kms-operations.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { UsageFilter } from './questions.ts';

const operationByLowerCase: ReadonlyMap<string, string> = new Map(
  KMS_OPERATIONS.map((operation) => [operation.toLowerCase(), operation]),
);

/** KMS's own spelling of an operation that was written in any case. */
export function operationNamed(text: string): string {
  return operationByLowerCase.get(text.toLowerCase()) ?? text;
}

/** The ARNs of jobs that a bare name means; SageMaker writes names in ARNs in lower case. */
export function jobsNamed(text: string, jobs: readonly Pick<Job, 'arn'>[]): string[] {
  const name = `/${text.toLowerCase()}`;
  const arns = jobs.map(({ arn }) => arn).filter((arn) => arn.toLowerCase().endsWith(name));
  return [...new Set(arns)].sort();
}

/** A filter with its operations as KMS writes them. */
export function withOperationsNamed(filter: UsageFilter): UsageFilter {
  return filter.operation === undefined
    ? filter
    : { ...filter, operation: filter.operation.map(operationNamed) };
}
