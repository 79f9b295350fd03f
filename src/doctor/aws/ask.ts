import { KeytrailError } from '../../keytrail-error.ts';
import type { Looked } from '../looked.ts';

/** The SDK's own names, and its providers'. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'ProviderError', 'TokenProviderError']);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and those of the JSON protocols. */
const REFUSED_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

const NOT_ALLOWED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'NotAuthorized',
  'UnauthorizedOperation',
]);

const NOT_THERE = new Set([
  'AWS.SimpleQueueService.NonExistentQueue',
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
    const { name, reason } = partsOf(error);
    if (NOT_THERE.has(name)) return { kind: 'absent' };
    return NOT_ALLOWED.has(name) ? { kind: 'unseen', action } : { kind: 'unseen', action, reason };
  }
}

export function throwIfCredentialsFail(error: unknown): void {
  const { name, reason } = partsOf(error);
  if (NO_CREDENTIALS.has(name)) {
    throw new KeytrailError(
      'aws-unavailable',
      `AWS cannot be asked without credentials (${reason}); log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause: error },
    );
  }
  if (REFUSED_CREDENTIALS.has(name)) {
    throw new KeytrailError(
      'aws-unavailable',
      `AWS does not take the credentials (${name}); renew them, check the clock, and run the doctor again.`,
      { cause: error },
    );
  }
}

/** An error's name as AWS gives it, its message, and both or what a socket said in one text. */
export function partsOf(error: unknown): { name: string; message: string; reason: string } {
  if (!(error instanceof Error)) return { name: '', message: '', reason: String(error) };
  const { name, message } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const said = [name === 'Error' ? '' : name, code === name ? '' : code, message].filter(
    (part) => part !== '',
  );
  return { name, message, reason: said.join(': ') };
}
