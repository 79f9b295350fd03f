import { createGunzip, gunzipSync, constants as zlib } from 'node:zlib';

/** CloudTrail writes files of 50 MB at the most; what is larger inside is no ordinary log file. */
const WHOLE_OUTPUT_BYTES = 64 * 1024 * 1024;
/** What nearly every log file fits into. Memory that is not written to costs nothing. */
const REUSED_BYTES = 16 * 1024 * 1024;
/** The least that zlib takes. */
const NO_CHUNK_BYTES = 64;

let reused: Buffer | undefined;

/**
 * Unzips a whole gzip file into memory that is used again: log files are thousands, and were each unzipped into
 * memory of its own, the collector would have to run for every few of them.
 * @returns a view that is good until the next call; undefined where the data are damaged, cut short or too large
 */
export function unzipWhole(bytes: Buffer): Buffer | undefined {
  // RFC 1952 §2.3.1: the last four bytes are the length of what is inside. With room for all of it the
  // output is one buffer and not pieces put together; a lie there costs no more than that.
  const said = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4);
  try {
    if (said + 64 <= REUSED_BYTES) {
      const unzipped = unzipIntoReused(bytes);
      if (unzipped !== undefined) return unzipped;
    }
    const chunkSize = Math.min(WHOLE_OUTPUT_BYTES, Math.max(1024, said + 64));
    return gunzipSync(bytes, { chunkSize, maxOutputLength: WHOLE_OUTPUT_BYTES });
  } catch {
    return undefined;
  }
}

/** What `gunzipSync` does, into a buffer of ours; undefined where this Node does it in another way. */
function unzipIntoReused(bytes: Buffer): Buffer | undefined {
  const gunzip: unknown = createGunzip({ chunkSize: NO_CHUNK_BYTES, maxOutputLength: WHOLE_OUTPUT_BYTES });
  if (!isAsExpected(gunzip)) return undefined;
  reused ??= Buffer.allocUnsafeSlow(REUSED_BYTES);
  gunzip._outBuffer = reused;
  gunzip._chunkSize = reused.length;
  return gunzip._processChunk(bytes, zlib.Z_FINISH);
}

/**
 * The inside of Node's zlib streams that its synchronous functions work by, in Node 20 to 24; see `processChunkSync`
 * in its lib/zlib.js. It closes the stream.
 */
interface GunzipInside {
  _outBuffer: Buffer;
  _outOffset: number;
  _chunkSize: number;
  _processChunk(chunk: Buffer, flush: number): Buffer;
}

function isAsExpected(gunzip: unknown): gunzip is GunzipInside {
  return (
    typeof gunzip === 'object' &&
    gunzip !== null &&
    '_outBuffer' in gunzip &&
    Buffer.isBuffer(gunzip._outBuffer) &&
    '_chunkSize' in gunzip &&
    gunzip._chunkSize === NO_CHUNK_BYTES &&
    '_outOffset' in gunzip &&
    gunzip._outOffset === 0 &&
    '_processChunk' in gunzip &&
    typeof gunzip._processChunk === 'function'
  );
}
