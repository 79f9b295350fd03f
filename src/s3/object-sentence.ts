import { areCredentialsRefused, awsErrorOf, isWithoutCredentials, unreachableReason } from '../aws-error.ts';

/** The request that failed: listing a prefix, or getting an object. */
export type ObjectRequest = 'list' | 'get';

/** A sentence about a failed request: what is wrong, and what to do. */
export function objectSentence(url: string, request: ObjectRequest, error: unknown): string {
  const failure = awsErrorOf(error);
  const { name, code, message, status } = failure;
  if (isWithoutCredentials(failure)) {
    return `${url} cannot be read without AWS credentials (${message}); log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  }
  if (areCredentialsRefused(failure)) {
    return `${url} cannot be read: S3 rejects the AWS credentials (${name}); renew them and import it again.`;
  }
  if (name === 'NoSuchBucket') return `${url} is in a bucket that does not exist; check its name.`;
  if (name === 'NoSuchKey' || status === 404) {
    return `${url} does not exist any more; import it again if it should.`;
  }
  if (name === 'InvalidObjectState') {
    return `${url} is in an S3 archive storage class; restore it first, or leave it out.`;
  }
  if (status === 403) {
    return request === 'list'
      ? `${url} may not be listed; allow s3:ListBucket on its bucket.`
      : `${url} may not be read; allow s3:GetObject on it, and kms:Decrypt on the key that encrypts it.`;
  }
  if (status === 412) return `${url} was changed while it was read; import it again.`;
  if (code === 'ERR_INVALID_URL') {
    return `${url} cannot be read: AWS_ENDPOINT_URL_S3 is no URL; correct it or unset it.`;
  }
  const reason = unreachableReason(failure);
  if (reason !== undefined) {
    return `${url} cannot be reached (${reason}); check the network, the Region and AWS_ENDPOINT_URL_S3, and import it again.`;
  }
  return `${url} cannot be read (${[name, message].filter((part) => part !== '' && part !== 'Error').join(': ')}); repair it or leave it out.`;
}

/** Whether S3 answered that the object does not exist, although its bucket does. */
export function isObjectGone(error: unknown): boolean {
  const { name, status } = awsErrorOf(error);
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket');
}
