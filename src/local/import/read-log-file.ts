import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';

/** Above these sizes a file is read as a stream; below, whole, which is faster. */
const WHOLE_GZIP_BYTES = 4 * 1024 * 1024;
const WHOLE_PLAIN_BYTES = 32 * 1024 * 1024;
/** CloudTrail writes files of 50 MB at the most; what is larger inside is no ordinary log file. */
const WHOLE_OUTPUT_BYTES = 64 * 1024 * 1024;
const STREAM_CHUNK_BYTES = 1024 * 1024;

export interface ByteSink {
  push(chunk: Uint8Array): void;
  end(): void;
}

/**
 * Feeds the bytes of a file, unzipped where it is gzip, to a sink, and ends it.
 * @returns why the bytes end early; undefined where they do not
 * @throws what the file system says where the file cannot be read
 */
export async function readLogFile(path: string, sink: ByteSink): Promise<string | undefined> {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const whole = size <= WHOLE_PLAIN_BYTES ? readWhole(file, size) : undefined;
    if (whole !== undefined) return await feedWhole(whole, sink);
    const isGzip = hasGzipMagic(readHead(file));
    const stream = createReadStream(path, {
      fd: file,
      autoClose: false,
      start: 0,
      highWaterMark: STREAM_CHUNK_BYTES,
    });
    if (isGzip) return await unzipStream(stream, sink);
    for await (const chunk of stream) sink.push(chunk as Buffer);
    sink.end();
    return undefined;
  } finally {
    closeSync(file);
  }
}

async function feedWhole(bytes: Buffer, sink: ByteSink): Promise<string | undefined> {
  let plain: Buffer | undefined = bytes;
  if (hasGzipMagic(bytes)) {
    plain = bytes.length <= WHOLE_GZIP_BYTES ? unzipWhole(bytes) : undefined;
    // Cut short, damaged or very large inside: what can be had of it comes out of a stream.
    if (plain === undefined) return unzipStream(Readable.from(piecesOf(bytes)), sink);
  }
  sink.push(plain);
  sink.end();
  return undefined;
}

/** The whole file; undefined where it turns out to be longer than it said, as a pipe is. */
function readWhole(file: number, size: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(size + 1);
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

function hasGzipMagic(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += STREAM_CHUNK_BYTES)
    yield bytes.subarray(at, at + STREAM_CHUNK_BYTES);
}

function unzipWhole(bytes: Buffer): Buffer | undefined {
  // RFC 1952 §2.3.1: the last four bytes are the length of what is inside. With room for all of it the
  // output is one buffer and not pieces put together; a lie there costs no more than that.
  const said = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4);
  const chunkSize = Math.min(WHOLE_OUTPUT_BYTES, Math.max(1024, said + 64));
  try {
    return gunzipSync(bytes, { chunkSize, maxOutputLength: WHOLE_OUTPUT_BYTES });
  } catch {
    return undefined;
  }
}

async function unzipStream(source: Readable, sink: ByteSink): Promise<string | undefined> {
  const gunzip = createGunzip({ chunkSize: STREAM_CHUNK_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  let problem: string | undefined;
  try {
    for await (const chunk of gunzip) sink.push(chunk as Buffer);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
    problem =
      error.code === 'Z_BUF_ERROR'
        ? 'The gzip data ends early; the records before its end were read.'
        : 'The gzip data is damaged; the records before the damage were read.';
  }
  sink.end();
  return problem;
}
