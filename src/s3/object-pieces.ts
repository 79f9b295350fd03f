import type { ObjectPlace, ObjectStore } from './object-store.ts';
import type { ObjectAddress } from './object-url.ts';

/** The smallest size of a piece; the last one may be shorter. */
const PIECE_BYTES = 1024 * 1024;
/** How often a body may break off in a row without a byte in between. */
const MAX_BREAKS = 3;

export interface ObjectPiece {
  /** Not shared with any other piece. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isLast: boolean;
}

/** Reads an object in pieces of about a megabyte. Between two reads only the socket's buffer holds data. */
export class ObjectPieces {
  readonly #chunks: AsyncGenerator<Uint8Array, void>;
  #failure: { readonly error: unknown } | undefined;

  constructor(store: ObjectStore, address: ObjectAddress) {
    this.#chunks = chunksOf(store, address);
  }

  /** @throws the error of S3 or the network, after all bytes before it were returned */
  async next(): Promise<ObjectPiece> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      while (length < PIECE_BYTES) {
        const { done, value } = await this.#chunks.next();
        if (done === true) return { bytes: joined(chunks, length), isLast: true };
        chunks.push(value);
        length += value.length;
      }
    } catch (error) {
      if (length === 0) throw error;
      this.#failure = { error };
    }
    return { bytes: joined(chunks, length), isLast: false };
  }

  async close(): Promise<void> {
    await this.#chunks.return();
  }
}

/** The body of an object. If the connection breaks it resumes there, provided that the object is unchanged. */
async function* chunksOf(store: ObjectStore, address: ObjectAddress): AsyncGenerator<Uint8Array, void> {
  let place: ObjectPlace | undefined;
  let offset = 0;
  for (let breaks = 0; ; ) {
    const { body, etag } = await store.get(address, place);
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        breaks = 0;
        offset += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      // Without an ETag the rest might be of another version of the object.
      if (etag === undefined || ++breaks > MAX_BREAKS) throw error;
      place = offset === 0 ? undefined : { offset, etag };
    } finally {
      body.destroy();
    }
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
