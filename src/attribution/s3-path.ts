import type { S3Location } from '../sagemaker/job-fact.ts';
import { isWordUnit } from './session-name.ts';

/**
 * The bucket and object that S3's encryption context names, as `bucket/key`; the bucket alone where it uses a
 * Bucket Key.
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

/** The bucket of a path; the path itself where it is one. */
export function bucketOfPath(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? path : path.slice(0, slash);
}

/** A place in S3 as `bucket/prefix`; the bucket alone where it is the whole. */
export function placeOf(location: S3Location): string {
  return location.prefix === '' ? location.bucket : `${location.bucket}/${location.prefix}`;
}

/** Whether an object lies in the folder of a place, or is it. */
export function isBelow(path: string, place: string): boolean {
  return path.startsWith(place) && (path.length === place.length || path.charCodeAt(place.length) === slash);
}

/**
 * Whether one of the folders or files between a place and the object is named so: by the name, or by what begins
 * with it and goes on with a separator. Batch after batch SageMaker puts the resource's name there.
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
