/** What an error of the AWS SDK says, whatever it is; empty where it says nothing. */
export interface AwsError {
  /** Of an answer AWS's own code. */
  readonly name: string;
  /** Of a socket's error Node's code. */
  readonly code: string;
  readonly message: string;
  /** Of an answer the HTTP status; 0 where there was none. */
  readonly status: number;
}

/** The SDK's own names, and its providers'. */
const WITHOUT_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError']);

/**
 * What services answer to credentials that they do not take: in the JSON and query protocols, and S3.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const REFUSED_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'InvalidToken',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
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

export function awsErrorOf(error: unknown): AwsError {
  if (!(error instanceof Error)) return { name: '', code: '', message: String(error), status: 0 };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? Number(metadata.httpStatusCode ?? 0)
      : 0;
  return { name: error.name, code, message: error.message, status };
}

export function isWithoutCredentials({ name }: AwsError): boolean {
  return WITHOUT_CREDENTIALS.has(name);
}

export function areCredentialsRefused({ name }: AwsError): boolean {
  return REFUSED_CREDENTIALS.has(name);
}

/** Why nobody was reached; undefined where somebody was. */
export function unreachableReason({ code, name }: AwsError): string | undefined {
  return [code, name].find((reason) => UNREACHED.has(reason));
}

/** What was said, in one text. */
export function errorTextOf({ name, code, message }: AwsError): string {
  return [name === 'Error' ? '' : name, code === name ? '' : code, message]
    .filter((part) => part !== '')
    .join(': ');
}
