import { KeytrailError } from '../keytrail-error.ts';
import { ObjectPieces } from './object-pieces.ts';
import { objectSentence } from './object-sentence.ts';
import type { ObjectStore } from './object-store.ts';
import { addressOfObject } from './object-url.ts';

/** Opens objects in S3 by their URLs. */
export interface OpenObjects {
  open(url: string): {
    /** @throws KeytrailError `path-unreadable`, after all bytes before the failure were returned */
    pieces(): AsyncGenerator<Buffer, void>;
  };
}

/** Opens the objects of a store in this thread. The error of S3 is the `cause` of the one thrown. */
export function openObjectsOf(store: ObjectStore): OpenObjects {
  return { open: (url) => ({ pieces: () => piecesOf(store, url) }) };
}

async function* piecesOf(store: ObjectStore, url: string): AsyncGenerator<Buffer, void> {
  const address = addressOfObject(url);
  if (address === undefined) {
    throw new KeytrailError(
      'path-unreadable',
      `${url} has no valid bucket name; write it as s3://bucket/key.`,
    );
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
