import type { OpenObjects } from '../s3/open-objects.ts';
import {
  type ByteSink,
  feedChunks,
  feedWhole,
  hasGzipMagic,
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
    if (done === true) return feedWhole(held.length === 1 && held[0] ? held[0] : Buffer.concat(held), sink);
    held.push(value);
    length += value.length;
  }
  let isFirst = true;
  const open = () => {
    // Of damaged data more than once.
    if (!isFirst) return objects.open(url).pieces();
    isFirst = false;
    return afterHeld(held, pieces);
  };
  if (hasGzipMagic(held[0] ?? Buffer.alloc(0))) return unzip(open, sink);
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
