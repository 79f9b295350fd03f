import { zstdDecompressSync } from 'node:zlib';
import { KeytrailError } from '../keytrail-error.ts';
import { parseJson } from '../text/parse-json.ts';
import { compress } from './zstd.ts';

/** JSON in a zstd frame: the body of every item that is no block of rows. */
export function encodeJson(value: unknown): Uint8Array {
  return compress(Buffer.from(JSON.stringify(value)));
}

/**
 * The caller names the type because what is read is what Keytrail wrote; `format` in it guards changes.
 * @throws KeytrailError `corrupt-item`
 */
export function decodeJson<T>(body: Uint8Array | undefined, what: string): T {
  try {
    return parseJson(zstdDecompressSync(body ?? new Uint8Array()).toString()) as T;
  } catch (cause) {
    throw new KeytrailError(
      'corrupt-item',
      `${what} cannot be decoded; run \`keytrail verify\` to see what is damaged.`,
      { cause },
    );
  }
}
