import { KeytrailError } from '../keytrail-error.ts';

/** The SDK's own names, and its providers'. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError']);
/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html */
const REFUSED_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const NOT_ALLOWED = new Set(['AccessDenied', 'AccessDeniedException', 'NotAuthorized']);
const NOT_POSSIBLE = new Set(['OperationNotPermittedException', 'UnsupportedOperationException']);
const THROTTLED = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
/** Of Node's sockets, and of the SDK's over them. */
const UNREACHED = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'TimeoutError',
]);
const FIRST_SERVER_FAULT = 500;
const GOES_ON = 'the same command goes on from what was kept';

/** What there is to be done about an error of a request: `busy` and `unreached` may pass. */
export type LookupTrouble = 'busy' | 'unreached' | 'time-range' | 'next-token' | 'other';

export function troubleOf(error: unknown): LookupTrouble {
  const { name, code, status } = partsOf(error);
  if (name === 'InvalidTimeRangeException') return 'time-range';
  if (name === 'InvalidNextTokenException') return 'next-token';
  if (UNREACHED.has(code) || UNREACHED.has(name)) return 'unreached';
  return THROTTLED.has(name) || status >= FIRST_SERVER_FAULT ? 'busy' : 'other';
}

/** The error as one sentence that says what to do. */
export function lookupFailure(error: unknown): KeytrailError {
  if (error instanceof KeytrailError) return error;
  return new KeytrailError('lookup-failed', sentenceOf(error), { cause: error });
}

function sentenceOf(error: unknown): string {
  const { name, code, message, status } = partsOf(error);
  if (/region is missing|region not accepted/i.test(message)) {
    return 'No AWS Region is set that there could be; set AWS_REGION, or a Region in the profile: LookupEvents answers for one.';
  }
  if (NO_CREDENTIALS.has(name)) {
    return `CloudTrail cannot be asked without AWS credentials (${message}); log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  }
  if (REFUSED_CREDENTIALS.has(name)) {
    return `CloudTrail does not take the AWS credentials (${name}); renew them, and ${GOES_ON}.`;
  }
  if (NOT_ALLOWED.has(name) || (status === 403 && name !== 'InvalidTimeRangeException')) {
    return `CloudTrail may not be asked (${name}); have cloudtrail:LookupEvents allowed, and ${GOES_ON}.`;
  }
  if (NOT_POSSIBLE.has(name)) {
    return `CloudTrail does not let this account look up events here (${name}: ${message}); import the trail's log files from S3 instead.`;
  }
  if (name === 'InvalidTimeRangeException') {
    return `CloudTrail does not take the time range (${message}); check the clock of this machine, and from and to.`;
  }
  if (THROTTLED.has(name)) {
    return `CloudTrail answers two requests a second for an account and Region, and somebody else uses them (${name}); end that or wait, and ${GOES_ON}.`;
  }
  if (code === 'ERR_INVALID_URL') {
    return 'CloudTrail cannot be asked, for AWS_ENDPOINT_URL_CLOUDTRAIL is no URL; mend it or unset it.';
  }
  for (const reason of [code, name]) {
    if (UNREACHED.has(reason)) {
      return `CloudTrail cannot be reached (${reason}); check the network, the Region and AWS_ENDPOINT_URL_CLOUDTRAIL, and ${GOES_ON}.`;
    }
  }
  const said = [name, message].filter((part) => part !== '' && part !== 'Error').join(': ');
  return `CloudTrail does not answer as it should (${said}); ${GOES_ON}.`;
}

function partsOf(error: unknown): { name: string; code: string; message: string; status: number } {
  if (!(error instanceof Error)) return { name: '', code: '', message: String(error), status: 0 };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? Number(metadata.httpStatusCode ?? 0)
      : 0;
  return { name: error.name, code, message: error.message, status };
}
