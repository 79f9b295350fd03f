import type { MessagePort } from 'node:worker_threads';
import { KeytrailError } from '../keytrail-error.ts';
import { ObjectPieces } from '../s3/object-pieces.ts';
import { objectSentence } from '../s3/object-sentence.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import { addressOfObject } from '../s3/object-url.ts';

/** A request of a worker to the thread that has the client of S3. Of one reading there is one at a time. */
type Asked =
  | { readonly kind: 'open'; readonly reading: number; readonly url: string }
  | { readonly kind: 'next'; readonly reading: number }
  | { readonly kind: 'close'; readonly reading: number };

/** The answer to `open` and `next`. */
type Answered =
  | {
      readonly kind: 'piece';
      readonly reading: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly isLast: boolean;
    }
  | { readonly kind: 'failed'; readonly reading: number; readonly sentence: string };

/** Reads objects for the `RemoteObjects` at the other end of a port: one client is enough for all workers. */
export function serveObjects(port: MessagePort, store: ObjectStore): void {
  const open = new Map<number, { readonly url: string; readonly pieces: ObjectPieces }>();
  const close = (reading: number) => {
    // What breaks while it is let go is of no interest any more.
    open
      .get(reading)
      ?.pieces.close()
      .catch(() => undefined);
    open.delete(reading);
  };
  const answer = async (reading: number) => {
    const opened = open.get(reading);
    if (opened === undefined) return;
    try {
      const { bytes, isLast } = await opened.pieces.next();
      if (isLast) open.delete(reading);
      port.postMessage({ kind: 'piece', reading, bytes, isLast } satisfies Answered, [bytes.buffer]);
    } catch (error) {
      open.delete(reading);
      const sentence = objectSentence(opened.url, 'get', error);
      port.postMessage({ kind: 'failed', reading, sentence } satisfies Answered);
    }
  };
  port.on('message', (asked: Asked) => {
    switch (asked.kind) {
      case 'open': {
        const { reading, url } = asked;
        const address = addressOfObject(url);
        // Every one comes out of a listing.
        if (address === undefined) throw new Error('an import worker asked for what is no object');
        open.set(reading, { url, pieces: new ObjectPieces(store, address) });
        void answer(reading);
        break;
      }
      case 'next':
        void answer(asked.reading);
        break;
      case 'close':
        close(asked.reading);
        break;
      default:
        asked satisfies never;
    }
  });
  port.on('close', () => {
    for (const reading of open.keys()) close(reading);
  });
}

/** The objects of S3, through the thread that has the client of it. */
export class RemoteObjects {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, (answer: Answered) => void>();
  /** By URL. */
  readonly #ahead = new Map<string, RemoteObject>();
  #nextReading = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (answer: Answered) => {
      const take = this.#waiting.get(answer.reading);
      this.#waiting.delete(answer.reading);
      take?.(answer);
    });
  }

  /**
   * Has the first piece of each fetched while others are worked on: a small object takes longer to come than to
   * be read. What was fetched ahead and is not among them is let go.
   */
  readAhead(urls: readonly string[]): void {
    for (const [url, object] of this.#ahead) {
      if (urls.includes(url)) continue;
      object.close();
      this.#ahead.delete(url);
    }
    for (const url of urls) {
      if (!this.#ahead.has(url)) this.#ahead.set(url, this.#open(url));
    }
  }

  open(url: string): RemoteObject {
    const ahead = this.#ahead.get(url);
    this.#ahead.delete(url);
    return ahead ?? this.#open(url);
  }

  #open(url: string): RemoteObject {
    const reading = this.#nextReading++;
    const ask = (asked: Asked) =>
      new Promise<Answered>((resolve) => {
        this.#waiting.set(reading, resolve);
        this.#port.postMessage(asked);
      });
    return new RemoteObject(ask({ kind: 'open', reading, url }), {
      next: () => ask({ kind: 'next', reading }),
      close: () => {
        this.#waiting.delete(reading);
        this.#port.postMessage({ kind: 'close', reading } satisfies Asked);
      },
    });
  }
}

interface Reading {
  next(): Promise<Answered>;
  close(): void;
}

/** One object, to be read once. */
export class RemoteObject {
  readonly #first: Promise<Answered>;
  readonly #reading: Reading;
  #isOver = false;

  constructor(first: Promise<Answered>, reading: Reading) {
    this.#first = first;
    this.#reading = reading;
  }

  /** @throws KeytrailError `path-unreadable`, after all that came before it was given */
  async *pieces(): AsyncGenerator<Buffer, void> {
    try {
      for (let coming = this.#first; ; coming = this.#reading.next()) {
        const answer = await coming;
        this.#isOver = answer.kind === 'failed' || answer.isLast;
        if (answer.kind === 'failed') throw new KeytrailError('path-unreadable', answer.sentence);
        yield Buffer.from(answer.bytes.buffer);
        if (answer.isLast) return;
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    if (!this.#isOver) this.#reading.close();
    this.#isOver = true;
  }
}
