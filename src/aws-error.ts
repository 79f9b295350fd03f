/** The parts of an error that the AWS SDK threw; a part that it lacks is empty. */
export interface AwsError {
  /** AWS's error code, if AWS answered. */
  readonly name: string;
  /** Node's error code, if a socket failed. */
  readonly code: string;
  readonly message: string;
  /** The HTTP status; 0 if AWS did not answer. */
  readonly status: number;
}

/** Errors of the SDK and its credential providers. */
const WITHOUT_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError']);

/**
 * The codes with which services reject credentials: in the JSON and query protocols, and in S3.
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

/** Errors of Node's sockets and of the SDK's timeouts. */
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

/** The code of the network error; undefined if AWS answered. */
export function unreachableReason({ code, name }: AwsError): string | undefined {
  return [code, name].find((reason) => UNREACHED.has(reason));
}

/** Name, code and message of an error in one text. */
export function errorTextOf({ name, code, message }: AwsError): string {
  return [name === 'Error' ? '' : name, code === name ? '' : code, message]
    .filter((part) => part !== '')
    .join(': ');
}
