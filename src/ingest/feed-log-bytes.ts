import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { nameOfDigest } from '../table/content-name.ts';
import { unzipWhole } from './unzip-whole.ts';

/** Above this size gzip data are unzipped as a stream; below, whole, which is faster. */
export const WHOLE_GZIP_BYTES = 4 * 1024 * 1024;
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
  /**
   * Told what the bytes are before any of them are fed, by who has all of them.
   * @param content the content name of the bytes as they are stored, packed or not
   * @returns whether they are wanted; where not, nothing is fed and nothing ended
   */
  begin?(content: string): Promise<boolean>;
  /** @param chunk good until this returns */
  push(chunk: Uint8Array): void;
  /** A promise is waited for. */
  end(): void | Promise<void>;
  /** Asked between the pieces of a file that is not read at once: a promise is waited for. */
  ready?(): Promise<void> | undefined;
}

/** Tells a sink what the bytes are, and asks whether it wants them. */
export async function isWanted(
  bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  sink: ByteSink,
): Promise<boolean> {
  if (sink.begin === undefined) return true;
  const hash = createHash('sha256');
  for await (const some of bytes) hash.update(some);
  return sink.begin(nameOfDigest(hash.digest()));
}

/** Feeds what is not gzip. */
export async function feedChunks(chunks: AsyncIterable<Buffer>, sink: ByteSink): Promise<void> {
  for await (const chunk of chunks) {
    sink.push(chunk);
    await sink.ready?.();
  }
  await sink.end();
}

/**
 * Feeds what is there whole.
 * @param bytes may be used again for something else once this waits for the sink
 * @returns why the bytes end early or may be wrong; undefined where they are sound
 */
export async function feedWhole(bytes: Buffer, sink: ByteSink): Promise<string | undefined> {
  let plain: Buffer | undefined = bytes;
  if (hasGzipMagic(bytes)) {
    plain = bytes.length <= WHOLE_GZIP_BYTES ? unzipWhole(bytes) : undefined;
    // Cut short, damaged or very large inside: what can be had of it comes out of a stream.
    if (plain === undefined) {
      // A copy: while it is waited for the sink, another file may be read into the same memory.
      const own = Buffer.from(bytes);
      return unzip(() => [own], sink);
    }
  }
  sink.push(plain);
  await sink.end();
  return undefined;
}

export function hasGzipMagic(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unzips as much as there is to be had.
 * @param open opens the gzip data, from their start, once for each size of pieces at the most
 */
export async function unzip(
  open: () => Iterable<Buffer> | AsyncIterable<Buffer>,
  sink: ByteSink,
): Promise<string | undefined> {
  let problem: string | undefined;
  let given = 0;
  let soundBytes = 0;
  for (const pieceBytes of PIECE_BYTES) {
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
  await sink.end();
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
