import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { LargeBytes } from './large-bytes.ts';
import { isObjectGone } from './object-sentence.ts';

/** Large bytes in the stack's bucket, under the prefix `quarantine/`. */
export function bucketBytes(client: S3Client, bucket: string): LargeBytes {
  const place = (name: string) => ({ Bucket: bucket, Key: `quarantine/${name}` });
  return {
    async keep(name, bytes) {
      await client.send(new PutObjectCommand({ ...place(name), Body: bytes }));
    },
    async read(name) {
      try {
        const { Body } = await client.send(new GetObjectCommand(place(name)));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (isObjectGone(error)) return undefined;
        throw error;
      }
    },
    async drop(name) {
      await client.send(new DeleteObjectCommand(place(name)));
    },
  };
}
