import { hash } from 'node:crypto';

/** Names a thing by its content: the first sixteen bytes of its SHA-256, base64url. */
export function contentName(bytes: Uint8Array): string {
  return nameOfDigest(hash('sha256', bytes, 'buffer'));
}

/** The content name of something by its SHA-256. */
export function nameOfDigest(digest: Buffer): string {
  return digest.subarray(0, 16).toString('base64url');
}

/** A text as part of a sort key: itself, or its hash where it is too long or has the separator `|`. */
export function boundedName(text: string): string {
  return Buffer.byteLength(text) <= LONGEST_NAME_BYTES && !text.includes('|')
    ? text
    : `sha256:${hash('sha256', text, 'base64url')}`;
}

/** A number in hexadecimal digits of fixed length, so that sort keys order as numbers do. */
export function padded(version: number): string {
  return version.toString(16).padStart(6, '0');
}

/** DynamoDB bounds a sort key at 1,024 bytes; names longer than this stand by their hash. */
const LONGEST_NAME_BYTES = 480;

/** DynamoDB's item bound is 400 KB; an embedded engine's request bound is what leaves room for several. */
export const MAX_BODY_BYTES = 340_000;
