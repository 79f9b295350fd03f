import type { OpenObjects } from '../s3/open-objects.ts';
import {
  type ByteSink,
  feedChunks,
  feedWhole,
  hasGzipMagic,
  isWanted,
  unzip,
  WHOLE_GZIP_BYTES,
} from './feed-log-bytes.ts';

/**
 * Feeds the bytes of an object of S3 to a sink, as `readLogFile` does those of a file.
 * @throws KeytrailError `path-unreadable` where the object cannot be read
 */
export async function readLogObject(
  objects: OpenObjects,
  url: string,
  sink: ByteSink,
): Promise<string | undefined> {
  const pieces = objects.open(url).pieces();
  const held: Buffer[] = [];
  for (let length = 0; length <= WHOLE_GZIP_BYTES; ) {
    const { done, value } = await pieces.next();
    if (done === true) {
      if (!(await isWanted(held, sink))) return undefined;
      return feedWhole(held.length === 1 && held[0] ? held[0] : Buffer.concat(held), sink);
    }
    held.push(value);
    length += value.length;
  }
  let isFirst = true;
  const open = () => {
    // To be hashed, and of damaged data, more than once.
    if (!isFirst) return objects.open(url).pieces();
    isFirst = false;
    return afterHeld(held, pieces);
  };
  const isGzip = hasGzipMagic(held[0] ?? Buffer.alloc(0));
  if (sink.begin !== undefined && !(await isWanted(open(), sink))) return undefined;
  if (isGzip) return unzip(open, sink);
  await feedChunks(open(), sink);
  return undefined;
}

async function* afterHeld(held: Buffer[], rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  try {
    for (let piece = held.shift(); piece !== undefined; piece = held.shift()) yield piece;
    yield* rest;
  } finally {
    await rest.return();
  }
}
