import { areCredentialsRefused, awsErrorOf, errorTextOf, isWithoutCredentials } from '../../aws-error.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Looked } from '../looked.ts';

const NOT_ALLOWED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'NotAuthorized',
  'UnauthorizedOperation',
]);

const NOT_THERE = new Set([
  'AWS.SimpleQueueService.NonExistentQueue',
  'NoSuchBucket',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
]);

/**
 * What AWS answers to one question.
 * @param action the IAM action that the question takes: `sqs:GetQueueAttributes`
 * @throws `aws-unavailable` where no question can be answered, for AWS does not take the credentials
 */
export async function ask<T>(action: string, question: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { kind: 'seen', value: await question() };
  } catch (error) {
    if (error instanceof KeytrailError) throw error;
    throwIfCredentialsFail(error);
    const failure = awsErrorOf(error);
    const { name } = failure;
    if (NOT_THERE.has(name)) return { kind: 'absent' };
    return NOT_ALLOWED.has(name)
      ? { kind: 'unseen', action }
      : { kind: 'unseen', action, reason: errorTextOf(failure) };
  }
}

export function throwIfCredentialsFail(error: unknown): void {
  const failure = awsErrorOf(error);
  if (isWithoutCredentials(failure)) {
    throw new KeytrailError(
      'aws-unavailable',
      `AWS cannot be asked without credentials (${errorTextOf(failure)}); log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause: error },
    );
  }
  if (areCredentialsRefused(failure)) {
    throw new KeytrailError(
      'aws-unavailable',
      `AWS does not take the credentials (${failure.name}); renew them, check the clock, and run the doctor again.`,
      { cause: error },
    );
  }
}
