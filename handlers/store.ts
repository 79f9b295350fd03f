import { S3Client } from '@aws-sdk/client-s3';
import type { Environment } from '../src/environment.ts';
import type { Keeping } from '../src/ingest/make-durable.ts';
import { bucketBytes } from '../src/s3/bucket-bytes.ts';
import { isPathStyleS3, quarantineBucketOf } from './settings.ts';
import { tableOf } from './table.ts';

/** The stack's table, and its bucket for quarantined records that are too large for an item. */
export function storeOf(environment: Environment): Keeping {
  const client = new S3Client({
    forcePathStyle: isPathStyleS3(environment),
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
  });
  const large = bucketBytes(client, quarantineBucketOf(environment));
  return { table: tableOf(environment), keepLarge: large.keep };
}
