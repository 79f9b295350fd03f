import { createHash } from 'node:crypto';
import { corruptItem, type StoredBody } from '../../table/corrupt-item.ts';
import { ByteReader, ByteWriter } from '../facts/byte-columns.ts';
import { bucketOf } from '../facts/table-keys.ts';
import { type KeyDay, MEMBER } from './key-day.ts';

/**
 * Pointers say which pages of a day have uses by a principal, so that a question about one reads no others. A bucket of
 * pointers holds, for each of its principals, four bytes of the hash of its id and the numbers of the buckets
 * of pages. Hashes may collide: a page has the whole ids.
 *
 *   varint      format
 *   each        four bytes; varints: how many numbers, and their distances, ascending
 */
const FORMAT = 1;
const POINTER_BUCKETS = 8;
const HASH_BYTES = 4;

interface PrincipalHash {
  readonly bucket: number;
  /** Four bytes, as hexadecimal digits. */
  readonly hash: string;
}

function hashOf(principalId: string): PrincipalHash {
  const digest = createHash('sha256').update(principalId).digest();
  return {
    bucket: digest.readUInt8(0) % POINTER_BUCKETS,
    hash: digest.subarray(1, 1 + HASH_BYTES).toString('hex'),
  };
}

/** The bucket in which the pointers of a principal are. */
export function pointerBucketOf(principalId: string): number {
  return hashOf(principalId).bucket;
}

/** The pointers of a day by bucket, of buckets that have any. */
export function encodePointers(keyDays: readonly KeyDay[]): Map<number, Uint8Array> {
  const pagesOf = new Map<string, Set<number>>();
  for (const { keyName, groups } of keyDays) {
    const page = bucketOf(keyName);
    for (const { members } of groups) {
      const id = members[MEMBER.principalId];
      if (id === null) continue;
      const pages = pagesOf.get(id);
      if (pages === undefined) pagesOf.set(id, new Set([page]));
      else pages.add(page);
    }
  }
  const buckets = Map.groupBy(
    [...pagesOf].map(([id, pages]) => ({ ...hashOf(id), pages })),
    ({ bucket }) => bucket,
  );
  return new Map(
    [...buckets].map(([bucket, pointers]) => {
      const writer = new ByteWriter();
      writer.varint(FORMAT);
      for (const { hash, pages } of pointers.sort((a, b) => (a.hash < b.hash ? -1 : 1))) {
        writer.raw(Buffer.from(hash, 'hex'));
        writer.varint(pages.size);
        let last = 0;
        for (const page of [...pages].sort((a, b) => a - b)) {
          writer.varint(page - last);
          last = page;
        }
      }
      return [bucket, writer.finish().slice()];
    }),
  );
}

/** The body of a bucket that has no principals any more. */
export function noPointers(): Uint8Array {
  return Uint8Array.of(FORMAT);
}

/**
 * The buckets of pages that may have uses by some principals.
 * @param items the buckets of pointers of these principals
 * @throws KeytrailError `corrupt-item`
 */
export function pagesOfPrincipals(
  items: readonly StoredBody[],
  principalIds: readonly string[],
): Set<number> {
  const wanted = new Set(principalIds.map((id) => hashOf(id).hash));
  const pages = new Set<number>();
  for (const item of items) {
    try {
      addPages(new ByteReader(item.body ?? new Uint8Array()), wanted, pages);
    } catch (cause) {
      throw corruptItem('A bucket of the pointers of principals', item, cause);
    }
  }
  return pages;
}

function addPages(reader: ByteReader, wanted: ReadonlySet<string>, pages: Set<number>): void {
  const format = reader.varint();
  if (format !== FORMAT) throw new RangeError(`pointers of format ${format}`);
  while (!reader.atEnd()) {
    const isWanted = wanted.has(Buffer.from(reader.raw(HASH_BYTES)).toString('hex'));
    let page = 0;
    for (let left = reader.varint(); left > 0; left--) {
      page += reader.varint();
      if (isWanted) pages.add(page);
    }
  }
}
