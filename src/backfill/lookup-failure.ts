import { areCredentialsRefused, awsErrorOf, isWithoutCredentials, unreachableReason } from '../aws-error.ts';
import { KeytrailError } from '../keytrail-error.ts';

const NOT_ALLOWED = new Set(['AccessDenied', 'AccessDeniedException', 'NotAuthorized']);
const NOT_POSSIBLE = new Set(['OperationNotPermittedException', 'UnsupportedOperationException']);
const THROTTLED = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const FIRST_SERVER_FAULT = 500;
const GOES_ON = 'the same command goes on from what was kept';

/** What there is to be done about an error of a request: `busy` and `unreached` may pass. */
export type LookupTrouble = 'busy' | 'unreached' | 'time-range' | 'next-token' | 'other';

export function troubleOf(error: unknown): LookupTrouble {
  const failure = awsErrorOf(error);
  const { name, status } = failure;
  if (name === 'InvalidTimeRangeException') return 'time-range';
  if (name === 'InvalidNextTokenException') return 'next-token';
  if (unreachableReason(failure) !== undefined) return 'unreached';
  return THROTTLED.has(name) || status >= FIRST_SERVER_FAULT ? 'busy' : 'other';
}

/** The error as one sentence that says what to do. */
export function lookupFailure(error: unknown): KeytrailError {
  if (error instanceof KeytrailError) return error;
  return new KeytrailError('lookup-failed', sentenceOf(error), { cause: error });
}

function sentenceOf(error: unknown): string {
  const failure = awsErrorOf(error);
  const { name, code, message, status } = failure;
  if (/region is missing|region not accepted/i.test(message)) {
    return 'No AWS Region is set that there could be; set AWS_REGION, or a Region in the profile: LookupEvents answers for one.';
  }
  if (isWithoutCredentials(failure)) {
    return `CloudTrail cannot be asked without AWS credentials (${message}); log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  }
  if (areCredentialsRefused(failure)) {
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
  const reason = unreachableReason(failure);
  if (reason !== undefined) {
    return `CloudTrail cannot be reached (${reason}); check the network, the Region and AWS_ENDPOINT_URL_CLOUDTRAIL, and ${GOES_ON}.`;
  }
  const said = [name, message].filter((part) => part !== '' && part !== 'Error').join(': ');
  return `CloudTrail does not answer as it should (${said}); ${GOES_ON}.`;
}
