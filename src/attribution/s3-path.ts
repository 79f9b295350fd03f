import type { S3Location } from '../sagemaker/job-fact.ts';
import { isWordUnit } from './session-name.ts';

/**
 * The bucket and object in S3's encryption context, as `bucket/key`; the bucket alone if it uses a Bucket Key.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
 */
export function s3PathIn(context: Readonly<Record<string, string>> | undefined): string | undefined {
  const arn = context?.['aws:s3:arn'];
  if (arn === undefined || !arn.startsWith('arn:aws')) {
    return undefined;
  }
  const at = arn.indexOf(':s3:::');
  return at === -1 || at + 6 === arn.length ? undefined : arn.slice(at + 6);
}

/** The bucket of a path, which may be a bucket alone. */
export function bucketOfPath(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? path : path.slice(0, slash);
}

/** A location as `bucket/prefix`, or the bucket alone. */
export function placeOf(location: S3Location): string {
  return location.prefix === '' ? location.bucket : `${location.bucket}/${location.prefix}`;
}

/** Whether an object is in the folder of a place, or is the place. */
export function isBelow(path: string, place: string): boolean {
  return path.startsWith(place) && (path.length === place.length || path.charCodeAt(place.length) === slash);
}

/**
 * Whether a folder or file between a place and the object has the name, or begins with the name and a separator.
 * SageMaker writes the resource's name there.
 */
export function namesBelow(path: string, place: string, name: string): boolean {
  for (let at = path.indexOf(name, place.length); at !== -1; at = path.indexOf(name, at + 1)) {
    if (path.charCodeAt(at - 1) === slash && !isWordUnit(path.charCodeAt(at + name.length))) {
      return true;
    }
  }
  return false;
}

const slash = 0x2f;
