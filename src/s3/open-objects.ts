import { KeytrailError } from '../keytrail-error.ts';
import { ObjectPieces } from './object-pieces.ts';
import { objectSentence } from './object-sentence.ts';
import type { ObjectStore } from './object-store.ts';
import { addressOfObject } from './object-url.ts';

/** Objects of S3 by their URLs, in pieces. */
export interface OpenObjects {
  open(url: string): {
    /** @throws KeytrailError `path-unreadable`, after all that came before it was given */
    pieces(): AsyncGenerator<Buffer, void>;
  };
}

/** The objects of a store, in this thread. What S3 said is the cause of the error. */
export function openObjectsOf(store: ObjectStore): OpenObjects {
  return { open: (url) => ({ pieces: () => piecesOf(store, url) }) };
}

async function* piecesOf(store: ObjectStore, url: string): AsyncGenerator<Buffer, void> {
  const address = addressOfObject(url);
  if (address === undefined) {
    throw new KeytrailError('path-unreadable', `${url} names no bucket that there could be.`);
  }
  const pieces = new ObjectPieces(store, address);
  try {
    for (let isLast = false; !isLast; ) {
      const piece = await pieces.next();
      isLast = piece.isLast;
      yield Buffer.from(piece.bytes.buffer);
    }
  } catch (error) {
    throw new KeytrailError('path-unreadable', objectSentence(url, 'get', error), { cause: error });
  } finally {
    await pieces.close().catch(() => undefined);
  }
}
