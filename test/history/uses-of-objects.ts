import { createHash } from 'node:crypto';
import { aDecrypt } from '../builders/cloud-trail-record.ts';

/** Uses of one second, each of an object of its own, so that little of them compresses. The same name gives the same. */
export function usesOfObjects(name: string, uses: number, eventTime: string): object[] {
  return Array.from({ length: uses }, (_, place) => {
    const id = createHash('md5').update(`${name}/${place}`).digest('hex');
    return aDecrypt({
      eventID: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      eventTime,
      requestParameters: { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::bucket/${id}` } },
    });
  });
}
