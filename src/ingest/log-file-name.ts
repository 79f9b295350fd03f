import { basename } from 'node:path';

const LOG_FILE = /\.(json|ndjson|jsonl)(\.gz)?$/i;
/** CloudTrail's own proofs of its logs lie beside them and hold no records. */
export const DIGESTS = 'CloudTrail-Digest';
/** The delivery time in the name of a log file: CloudTrail User Guide, "Log file name format". */
const DELIVERY_TIME = /_(\d{8}T\d{4}Z)/;

/** @param name with or without the folders before it */
export function isLogFileName(name: string): boolean {
  return LOG_FILE.test(name);
}

/**
 * Whether an object of a trail's bucket, by its key, holds records: digests do not, nor what other services, or
 * CloudTrail itself, lay beside them below `AWSLogs`.
 */
export function isLogObject(key: string): boolean {
  const folders = key.split('/').slice(0, -1);
  const isElsewhere = folders.includes('AWSLogs') && !folders.includes('CloudTrail');
  return isLogFileName(key) && !folders.includes(DIGESTS) && !isElsewhere;
}

/** In the order of their delivery, so that rows of one day come together. */
export function inDeliveryOrder(paths: Iterable<string>): string[] {
  return [...paths].sort(byDelivery);
}

function byDelivery(a: string, b: string): number {
  const left = deliveryOf(a);
  const right = deliveryOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function deliveryOf(path: string): string {
  const name = basename(path);
  return `${DELIVERY_TIME.exec(name)?.[1] ?? ''}${path}`;
}
