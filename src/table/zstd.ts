import { constants, zstdCompressSync } from 'node:zlib';

/** Level 3 of zstd: 250 MB/s, and within a tenth of level 9 on what is stored here; see docs/performance.md. */
const LEVEL = 3;

/**
 * Compresses bytes into one zstd frame. The compressor is told how many there are: its tables are made to
 * measure then, where else each of thousands of small items would take and give back a megabyte.
 */
export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    pledgedSrcSize: bytes.length,
    // Room for the whole output: else it is put together from pieces.
    chunkSize: Math.max(1024, bytes.length + 512),
  });
}
