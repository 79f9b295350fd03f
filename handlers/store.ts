import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Keeping } from '../src/ingest/make-durable.ts';
import { isPathStyleS3, quarantineBucketOf } from './settings.ts';
import { tableOf } from './table.ts';

/** The stack's table, and its bucket for quarantined records that are too large for an item. */
export function storeOf(environment: NodeJS.ProcessEnv): Keeping {
  const bucket = quarantineBucketOf(environment);
  const objects = new S3Client({ forcePathStyle: isPathStyleS3(environment) });
  return {
    table: tableOf(environment),
    async keepLarge(name, bytes) {
      await objects.send(new PutObjectCommand({ Bucket: bucket, Key: `quarantine/${name}`, Body: bytes }));
    },
  };
}
