import type { Dice } from './dice.ts';
import type { Json } from './json.ts';
import { type Bucket, callingNames, type Key } from './key-ring.ts';
import { writeKmsCall } from './kms-call.ts';
import type { Deed, UseClass } from './use-truth.ts';
import type { World } from './world.ts';

/** A prefix in a bucket, without a slash at its end. */
export interface Place {
  readonly bucket: Bucket;
  readonly prefix: string;
}

export function below(place: Place, path: string): Place {
  return { bucket: place.bucket, prefix: `${place.prefix}/${path}` };
}

/** As people write it: with a slash at its end or without. */
export function s3Uri(place: Place, dice: Dice): string {
  return `s3://${place.bucket.name}/${place.prefix}${dice.chance(0.4) ? '/' : ''}`;
}

/** What S3 asks KMS for an object of somebody's. */
export interface ObjectUse {
  readonly atMs: number;
  readonly operation: 'Decrypt' | 'GenerateDataKey';
  readonly place: Place;
  readonly object: string;
  /** Another than the bucket's own key, where the request named one. */
  readonly key?: Key;
  /** The service between, where it is another than the account's custom. */
  readonly through?: string;
}

/**
 * Writes it. A bucket key leaves the bucket as the only context, and most objects without any call.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
 */
export function writeObjectUse(world: World, use: ObjectUse, by: Json, deed: Deed): void {
  const { bucket, prefix } = use.place;
  const arn = `arn:${world.customs.partition}:s3:::${bucket.name}`;
  const key = use.key ?? bucket.key;
  const through = use.through ?? throughOf(world);
  writeKmsCall(
    world,
    {
      atMs: use.atMs,
      operation: use.operation,
      by,
      ...(through === undefined ? {} : { through }),
      key,
      context: { 'aws:s3:arn': bucket.hasBucketKey ? arn : `${arn}/${prefix}/${use.object}` },
      ...(use.operation === 'GenerateDataKey'
        ? { request: { keyId: world.dice.pick(callingNames(key)) } }
        : {}),
    },
    { ...deed, class: deed.jobArn === null ? deed.class : classIn(world, bucket, key, deed.class) },
  );
}

/** What makes a use hard for a join goes before what it was for. */
function classIn(world: World, bucket: Bucket, key: Key, otherwise: UseClass): UseClass {
  if (otherwise === 'scoped') {
    return otherwise;
  }
  if (key.accountId !== world.accountId) {
    return 'cross';
  }
  return bucket.region !== world.region ? 'far' : bucket.hasBucketKey ? 'bucket' : otherwise;
}

function throughOf({ customs, dice }: World): string | undefined {
  const { s3Through } = customs;
  const through =
    s3Through === 'mixed' ? dice.pick(['s3.amazonaws.com', 'AWS Internal', 'nothing']) : s3Through;
  return through === 'nothing' ? undefined : through;
}
