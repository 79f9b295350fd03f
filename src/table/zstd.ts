import { constants, zstdCompressSync } from 'node:zlib';

/** Level 3 of zstd: 250 MB/s, and within a tenth of level 9 on what is stored here; see docs/performance.md. */
const LEVEL = 3;

/**
 * Compresses bytes into one zstd frame. The compressor gets their number and makes tables of that size; otherwise each of
 * thousands of small items would allocate and free a megabyte.
 */
export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    pledgedSrcSize: bytes.length,
    // Room for the whole output, which is otherwise put together from parts.
    chunkSize: Math.max(1024, bytes.length + 512),
  });
}
