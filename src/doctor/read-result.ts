import { areCredentialsRefused, awsErrorOf, errorTextOf, isWithoutCredentials } from '../aws-error.ts';
import { KeytrailError } from '../keytrail-error.ts';

/** AWS refused or failed a read-only call. */
export interface Unreadable {
  readonly kind: 'unreadable';
  /** The IAM action of the call: `sqs:GetQueueAttributes`. */
  readonly action: string;
  /** Why the call failed; absent where the permission is missing. */
  readonly reason?: string;
}

/** What AWS answered to a read-only call. */
export type ReadResult<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'absent' }
  | Unreadable;

/** A resource that a stack lists, and how AWS describes it. */
export interface StackResource<T> {
  readonly name: string;
  readonly result: ReadResult<T>;
}

export function valuesOf<T>(resources: readonly StackResource<T>[]): T[] {
  return resources.flatMap(({ result }) => (result.kind === 'read' ? [result.value] : []));
}

/** Whether each of them is either read or known to be absent. */
export function areAllReadable(resources: readonly StackResource<unknown>[]): boolean {
  return resources.every(({ result }) => result.kind !== 'unreadable');
}

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
 * Makes one read-only call.
 * @param action the IAM action that the call needs: `sqs:GetQueueAttributes`
 * @throws `aws-unavailable` where AWS does not accept the credentials, so that every call would fail
 */
export async function readFromAws<T>(action: string, call: () => Promise<T>): Promise<ReadResult<T>> {
  try {
    return { kind: 'read', value: await call() };
  } catch (error) {
    if (error instanceof KeytrailError) throw error;
    throwIfCredentialsFail(error);
    const failure = awsErrorOf(error);
    const { name } = failure;
    if (NOT_THERE.has(name)) return { kind: 'absent' };
    return NOT_ALLOWED.has(name)
      ? { kind: 'unreadable', action }
      : { kind: 'unreadable', action, reason: errorTextOf(failure) };
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
