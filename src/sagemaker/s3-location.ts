import { AWS_DNS_SUFFIX } from '../cloudtrail/aws-dns-suffix.ts';
import type { S3Location } from './job-fact.ts';

/** A key is at most 1,024 bytes long, and a bucket name in the oldest Region 255 characters. */
export const maxS3UriLength = 2048;

const bucketName = /^[\w.-]{3,255}$/;
// One character class in between, because nested repetitions would take exponential time on hostile names.
const endpoint = String.raw`s3(?:[.-][a-z0-9.-]*)?\.${AWS_DNS_SUFFIX}`;
const virtualHost = new RegExp(String.raw`^(.+?)\.${endpoint}$`);
const pathHost = new RegExp(`^${endpoint}$`);

/**
 * The location that a SageMaker request names: `s3://bucket/prefix`, or an `https` URL of S3, which some members accept.
 * `undefined` for anything else, also for the ARN of an access point, which has no bucket.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
 */
export function s3LocationOf(uri: string): S3Location | undefined {
  const rest = uri.startsWith('s3://') ? uri.slice(5) : bucketPathOfUrl(uri);
  if (rest === undefined) {
    return undefined;
  }
  const slash = rest.indexOf('/');
  const bucket = slash === -1 ? rest : rest.slice(0, slash);
  return bucketName.test(bucket)
    ? { bucket, prefix: slash === -1 ? '' : withoutOuterSlashes(rest.slice(slash)) }
    : undefined;
}

function bucketPathOfUrl(url: string): string | undefined {
  if (!url.startsWith('https://')) {
    return undefined;
  }
  const slash = url.indexOf('/', 8);
  const host = slash === -1 ? url.slice(8) : url.slice(8, slash);
  const path = slash === -1 ? '' : url.slice(slash + 1);
  if (pathHost.test(host)) {
    return path;
  }
  const bucket = virtualHost.exec(host)?.[1];
  return bucket === undefined ? undefined : `${bucket}/${path}`;
}

function withoutOuterSlashes(path: string): string {
  let from = 0;
  let to = path.length;
  while (from < to && path.charCodeAt(from) === 0x2f) from += 1;
  while (to > from && path.charCodeAt(to - 1) === 0x2f) to -= 1;
  return path.slice(from, to);
}
