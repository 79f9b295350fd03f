import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unzipWhole } from './unzip-whole.ts';

/** Above these sizes a file is read as a stream; below, whole, which is faster. */
const WHOLE_GZIP_BYTES = 4 * 1024 * 1024;
const WHOLE_PLAIN_BYTES = 32 * 1024 * 1024;
/** Up to this size a file is read into memory that is used again, so that nothing is left for the collector. */
const REUSED_BYTES = 1024 * 1024;
const STREAM_CHUNK_BYTES = 1024 * 1024;
/**
 * The pieces in which gzip data are fed to zlib, which gives out nothing of a piece that it fails in: what
 * turns out to be damaged is fed again, in smaller pieces from the last good one on.
 */
const PIECE_BYTES = [64 * 1024, 1024, 1] as const;

const ENDS_EARLY = 'The gzip data ends early; the records before its end were read.';
const IS_DAMAGED = 'The gzip data is damaged; the records before the damage were read.';
const FAILS_CHECKSUM =
  'The gzip data does not match its checksum; its records were read, and some may be damaged.';

export interface ByteSink {
  /** @param chunk good until this returns */
  push(chunk: Uint8Array): void;
  end(): void;
  /** Asked between the pieces of a file that is not read at once: a promise is waited for. */
  ready?(): Promise<void> | undefined;
}

/**
 * Feeds the bytes of a file, unzipped where it is gzip, to a sink, and ends it. Pipes and other things that
 * can be read only once are files too.
 * @returns why the bytes end early or may be wrong; undefined where they are sound
 * @throws what the file system says where the file cannot be read
 */
export async function readLogFile(path: string, sink: ByteSink): Promise<string | undefined> {
  const file = openSync(path, 'r');
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return await feedOnce(createReadStream(path, { fd: file, autoClose: false }), sink);
    const whole = stat.size <= WHOLE_PLAIN_BYTES ? readWhole(file, stat.size) : undefined;
    if (whole !== undefined) return await feedWhole(whole, sink);
    const open = () =>
      createReadStream(path, { fd: file, autoClose: false, start: 0, highWaterMark: STREAM_CHUNK_BYTES });
    if (hasGzipMagic(readHead(file))) return await unzip(open, PIECE_BYTES, sink);
    await feedChunks(open(), sink);
    return undefined;
  } finally {
    closeSync(file);
  }
}

async function feedOnce(chunks: AsyncIterable<Buffer>, sink: ByteSink): Promise<string | undefined> {
  const rest = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let isMore = true;
  while (isMore && head.length < 2) {
    const { done, value } = await rest.next();
    if (done === true) isMore = false;
    else head = Buffer.concat([head, value]);
  }
  const all = async function* () {
    yield head;
    if (isMore) yield* { [Symbol.asyncIterator]: () => rest };
  };
  if (hasGzipMagic(head)) return unzip(all, PIECE_BYTES.slice(0, 1), sink);
  await feedChunks(all(), sink);
  return undefined;
}

async function feedChunks(chunks: AsyncIterable<Buffer>, sink: ByteSink): Promise<void> {
  for await (const chunk of chunks) {
    sink.push(chunk);
    await sink.ready?.();
  }
  sink.end();
}

async function feedWhole(bytes: Buffer, sink: ByteSink): Promise<string | undefined> {
  let plain: Buffer | undefined = bytes;
  if (hasGzipMagic(bytes)) {
    plain = bytes.length <= WHOLE_GZIP_BYTES ? unzipWhole(bytes) : undefined;
    // Cut short, damaged or very large inside: what can be had of it comes out of a stream.
    if (plain === undefined) {
      // A copy: while it is waited for the sink, another file may be read into the same memory.
      const own = Buffer.from(bytes);
      return unzip(() => [own], PIECE_BYTES, sink);
    }
  }
  sink.push(plain);
  sink.end();
  return undefined;
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

function hasGzipMagic(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unzips as much as there is to be had.
 * @param open opens the gzip data, from their start, once for each size of pieces at the most
 */
async function unzip(
  open: () => Iterable<Buffer> | AsyncIterable<Buffer>,
  pieceSizes: readonly number[],
  sink: ByteSink,
): Promise<string | undefined> {
  let problem: string | undefined;
  let given = 0;
  let soundBytes = 0;
  for (const pieceBytes of pieceSizes) {
    let at = 0;
    const source = pieces(open(), soundBytes, pieceBytes, () => sink.ready?.());
    const failure = await inflate(source, (chunk) => {
      const fresh = chunk.subarray(Math.max(0, given - at));
      at += chunk.length;
      if (fresh.length > 0) sink.push(fresh);
      given = Math.max(given, at);
    });
    problem = failure?.problem;
    if (failure === undefined || failure.problem === ENDS_EARLY) break;
    soundBytes = failure.soundBytes;
  }
  sink.end();
  return problem;
}

/** Chunks as they come up to an offset, and in pieces of one size from there. */
async function* pieces(
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
  wholeUpTo: number,
  pieceBytes: number,
  ready: () => Promise<void> | undefined,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const length = offset < wholeUpTo ? wholeUpTo - offset : pieceBytes;
      const piece = chunk.subarray(from, from + length);
      await ready();
      yield piece;
      from += piece.length;
      offset += piece.length;
    }
  }
}

interface InflateFailure {
  readonly problem: string;
  /** The data before the piece that it failed in. */
  readonly soundBytes: number;
}

/** @throws what reading the source or taking a chunk throws */
function inflate(
  source: AsyncIterable<Buffer>,
  take: (chunk: Buffer) => void,
): Promise<InflateFailure | undefined> {
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ chunkSize: STREAM_CHUNK_BYTES });
    const readable = Readable.from(source, { objectMode: false, highWaterMark: 1 });
    const fail = (error: Error) => {
      readable.destroy();
      gunzip.destroy();
      const problem = problemOf(error);
      if (problem === undefined) reject(error);
      else resolve({ problem, soundBytes: gunzip.bytesWritten });
    };
    // An iterator would lose what is waiting for it when the stream fails.
    gunzip.on('data', (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        fail(error as Error);
      }
    });
    gunzip.once('end', () => resolve(undefined)).once('error', fail);
    readable.once('error', fail).pipe(gunzip);
  });
}

/** What is wrong with the data; undefined for an error of another kind. */
function problemOf(error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (!code.startsWith('Z_')) return undefined;
  if (code === 'Z_BUF_ERROR') return ENDS_EARLY;
  return /incorrect (data|length) check/.test(error.message) ? FAILS_CHECKSUM : IS_DAMAGED;
}
