import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import {
  type ByteSink,
  feedChunks,
  feedWhole,
  hasGzipMagic,
  isWanted,
  unzip,
} from '../ingest/feed-log-bytes.ts';

/** Above this size a file is read as a stream; below, whole, which is faster. */
const WHOLE_PLAIN_BYTES = 32 * 1024 * 1024;
/** Up to this size a file is read into memory that is used again, so that nothing is left for the collector. */
const REUSED_BYTES = 1024 * 1024;
const STREAM_CHUNK_BYTES = 1024 * 1024;

/**
 * Feeds the bytes of a file, unzipped where it is gzip, to a sink, and ends it. One file at a time: small ones share
 * memory.
 * @returns why the bytes end early or may be wrong; undefined where they are sound
 * @throws what the file system says where the file cannot be read
 */
export async function readLogFile(path: string, sink: ByteSink): Promise<string | undefined> {
  // What is no file was refused; if a pipe took the place of one since, opening it does not wait for a writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    const whole = stat.size <= WHOLE_PLAIN_BYTES ? readWhole(file, stat.size) : undefined;
    if (whole !== undefined) {
      if (!(await isWanted([whole], sink))) return undefined;
      return await feedWhole(whole, sink);
    }
    const open = () =>
      createReadStream(path, { fd: file, autoClose: false, start: 0, highWaterMark: STREAM_CHUNK_BYTES });
    if (!(await isWanted(open(), sink))) return undefined;
    if (hasGzipMagic(readHead(file))) return await unzip(open, sink);
    await feedChunks(open(), sink);
    return undefined;
  } finally {
    closeSync(file);
  }
}

let reused: Buffer | undefined;

function takeReused(size: number): Buffer {
  reused ??= Buffer.allocUnsafeSlow(REUSED_BYTES);
  return reused.subarray(0, size);
}

/**
 * The whole file, good until the next is read; undefined where it turns out to be longer than it said, as
 * those of `/proc` are.
 */
function readWhole(file: number, size: number): Buffer | undefined {
  const bytes = size < REUSED_BYTES ? takeReused(size + 1) : Buffer.allocUnsafeSlow(size + 1);
  let length = 0;
  for (;;) {
    const read = readSync(file, bytes, length, bytes.length - length, length);
    if (read === 0) return bytes.subarray(0, length);
    length += read;
    if (length > size) return undefined;
  }
}

function readHead(file: number): Buffer {
  const head = Buffer.alloc(2);
  readSync(file, head, 0, 2, 0);
  return head;
}
