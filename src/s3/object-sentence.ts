import { areCredentialsRefused, awsErrorOf, isWithoutCredentials, unreachableReason } from '../aws-error.ts';

/** What was asked of S3: the objects under a prefix, or one of them. */
export type ObjectRequest = 'list' | 'get';

/** What is wrong with something in S3, and what to do. */
export function objectSentence(url: string, request: ObjectRequest, error: unknown): string {
  const failure = awsErrorOf(error);
  const { name, code, message, status } = failure;
  if (isWithoutCredentials(failure)) {
    return `${url} cannot be read without AWS credentials (${message}); log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  }
  if (areCredentialsRefused(failure)) {
    return `${url} cannot be read, for S3 does not take the AWS credentials (${name}); renew them and import it again.`;
  }
  if (name === 'NoSuchBucket') return `${url} is in a bucket that does not exist; check its name.`;
  if (name === 'NoSuchKey' || status === 404) {
    return `${url} is not there any more; import it again if it should be.`;
  }
  if (name === 'InvalidObjectState') {
    return `${url} lies in an archive of S3; restore it first, or leave it out.`;
  }
  if (status === 403) {
    return request === 'list'
      ? `${url} may not be listed; have s3:ListBucket allowed on its bucket.`
      : `${url} may not be read; have s3:GetObject allowed on it, and kms:Decrypt on the key that it is encrypted with.`;
  }
  if (status === 412) return `${url} was changed while it was read; import it again.`;
  if (code === 'ERR_INVALID_URL') {
    return `${url} cannot be read, for AWS_ENDPOINT_URL_S3 is no URL; mend it or unset it.`;
  }
  const reason = unreachableReason(failure);
  if (reason !== undefined) {
    return `${url} cannot be reached (${reason}); check the network, the Region and AWS_ENDPOINT_URL_S3, and import it again.`;
  }
  return `${url} cannot be read (${[name, message].filter((part) => part !== '' && part !== 'Error').join(': ')}); mend it or leave it out.`;
}

/** Whether S3 said that the object is not there, or not any more; its bucket is. */
export function isObjectGone(error: unknown): boolean {
  const { name, status } = awsErrorOf(error);
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket');
}
