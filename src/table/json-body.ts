import { zstdDecompressSync } from 'node:zlib';
import { parseJson } from '../text/parse-json.ts';
import { corruptItem, type StoredBody } from './corrupt-item.ts';
import { compress } from './zstd.ts';

/** JSON in a zstd frame: the body of every item that is no block of rows. */
export function encodeJson(value: unknown): Uint8Array {
  return compress(Buffer.from(JSON.stringify(value)));
}

/**
 * The caller names the type because what is read is what Keytrail wrote; `format` in it guards changes.
 * @param what names the item in the error: `The root of 2026-03-01`
 * @throws KeytrailError `corrupt-item`
 */
export function decodeJson<T>(item: StoredBody, what: string): T {
  try {
    return parseJson(zstdDecompressSync(item.body ?? new Uint8Array()).toString()) as T;
  } catch (cause) {
    throw corruptItem(what, item, cause);
  }
}
