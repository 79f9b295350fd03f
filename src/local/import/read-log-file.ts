import { closeSync, createReadStream, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';

/** Above these sizes a file is read as a stream; below, whole, which is faster. */
const WHOLE_GZIP_BYTES = 6 * 1024 * 1024;
const WHOLE_PLAIN_BYTES = 64 * 1024 * 1024;
/** CloudTrail writes files of 50 MB at the most; what is larger inside is no ordinary log file. */
const WHOLE_OUTPUT_BYTES = 96 * 1024 * 1024;
const STREAM_CHUNK_BYTES = 1024 * 1024;

export interface ByteSink {
  push(chunk: Uint8Array): void;
  end(): void;
}

/**
 * Feeds the bytes of a file, unzipped where it is gzip, to a new sink.
 * @param makeSink called again where the whole file could not be unzipped at once; the former sink was given
 *   nothing then
 * @returns why the bytes end early; undefined where they do not
 * @throws what the file system says where the file cannot be read
 */
export async function readLogFile(path: string, sink: ByteSink): Promise<string | undefined> {
  const size = statSync(path).size;
  const isGzip = startsWithGzipMagic(path);
  if (!isGzip && size <= WHOLE_PLAIN_BYTES) {
    sink.push(readFileSync(path));
    sink.end();
    return undefined;
  }
  if (isGzip && size <= WHOLE_GZIP_BYTES) {
    const bytes = readFileSync(path);
    const whole = unzipWhole(bytes);
    if (whole !== undefined) {
      sink.push(whole);
      sink.end();
      return undefined;
    }
    // Cut short, damaged or very large inside: what can be had of it comes out of a stream.
    return unzipStream(Readable.from([bytes]), sink);
  }
  const file = createReadStream(path, { highWaterMark: STREAM_CHUNK_BYTES });
  if (isGzip) return unzipStream(file, sink);
  for await (const chunk of file) sink.push(chunk as Buffer);
  sink.end();
  return undefined;
}

function startsWithGzipMagic(path: string): boolean {
  const head = Buffer.alloc(2);
  const file = openSync(path, 'r');
  try {
    return readSync(file, head, 0, 2, 0) === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}

function unzipWhole(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: WHOLE_OUTPUT_BYTES });
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
