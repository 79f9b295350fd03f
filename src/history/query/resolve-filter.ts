import { KMS_OPERATIONS } from '../../kms/kms-operations.ts';

const operationByLowerCase: ReadonlyMap<string, string> = new Map(
  KMS_OPERATIONS.map((operation) => [operation.toLowerCase(), operation]),
);

/**
 * The operations that a text in any case means: KMS's own spelling, and those of the history, which may have operations
 * that KMS had not yet when this was written.
 */
export function operationsNamed(text: string, known: readonly string[]): string[] {
  const lower = text.toLowerCase();
  const meant = [
    operationByLowerCase.get(lower) ?? text,
    ...known.filter((one) => one.toLowerCase() === lower),
  ];
  return [...new Set(meant)];
}

/** The ARNs of jobs that a bare name means, with its kind or without; SageMaker writes names in ARNs in lower case. */
export function jobsNamed(text: string, arns: Iterable<string>): string[] {
  const name = text.toLowerCase();
  const found = [...arns].filter((arn) => {
    const lower = arn.toLowerCase();
    return lower.endsWith(`/${name}`) || lower.endsWith(`:${name}`);
  });
  return [...new Set(found)].sort();
}
