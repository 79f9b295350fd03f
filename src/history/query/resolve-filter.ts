import type { Aliases } from '../../kms/alias-timeline.ts';
import { keyNamesOf } from '../../kms/key-name.ts';
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

/** Whether a text may be a role's or user's name alone, or the ARN of a role's session: then it names several ids. */
export function isPrincipalName(text: string): boolean {
  return text.includes(':assumed-role/') || !/[:/.]/.test(text);
}

/**
 * The ids of the principals that a name means: an id by itself, the role of an assumed-role ARN, and every role and user
 * of a bare name.
 */
export function principalsNamed(text: string, ids: Iterable<string>): string[] {
  const [, account, role] = /^arn:[^:]+:sts::(\d+):assumed-role\/([^/]+)/.exec(text) ?? [];
  const name = `/${(role ?? text).toLowerCase()}`;
  const found: string[] = [];
  for (const id of ids) {
    const isNamed = id.startsWith('arn:') && id.toLowerCase().endsWith(name);
    const isThere = account === undefined || id.includes(`:${account}:`);
    if (id === text || (isNamed && isThere)) found.push(id);
  }
  return found.sort();
}

/** The ARNs of jobs that a bare name means; SageMaker writes names in ARNs in lower case. */
export function jobsNamed(text: string, jobs: readonly Pick<Job, 'arn'>[]): string[] {
  const name = `/${text.toLowerCase()}`;
  const arns = jobs.map(({ arn }) => arn).filter((arn) => arn.toLowerCase().endsWith(name));
  return [...new Set(arns)].sort();
}

/** The names that a key reference means; `ml/speech` stands for `alias/ml/speech`. */
export function keysNamed(text: string, keyNames: readonly string[], aliases: Aliases): string[] {
  const found = keyNamesOf([text], keyNames, aliases);
  return found.length > 0 || text.startsWith('alias/') || text.startsWith('arn:')
    ? found
    : keyNamesOf([`alias/${text}`], keyNames, aliases);
}

/** A filter with its operations as KMS writes them. */
export function withOperationsNamed(filter: UsageFilter): UsageFilter {
  return filter.operation === undefined
    ? filter
    : { ...filter, operation: filter.operation.map(operationNamed) };
}
