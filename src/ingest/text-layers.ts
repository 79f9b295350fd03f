import { TextDecoder } from 'node:util';
import { KeytrailError } from '../keytrail-error.ts';
import { type ByteSink, feedWhole, hasGzipMagic } from './feed-log-bytes.ts';
import { foreignFormat } from './foreign-format.ts';

/** What is needed to tell a format: the magic of tar stands at 257. */
const HEAD_BYTES = 600;
/** Layers of gzip that are unpacked, the outermost included. */
const MOST_GZIP_LAYERS = 4;
/** The most bytes of gzip within gzip, which are held until they end. */
const LARGEST_INNER_GZIP_BYTES = 64 * 1024 * 1024;

type Encoding = 'utf-16le' | 'utf-16be';

export interface TextLayersOptions {
  /** Refuses text by its beginning: why it is not read, as a sentence. */
  readonly refuses?: (head: Buffer) => string | undefined;
}

/**
 * Gives a sink the UTF-8 text that is fed: gzip within gzip is unpacked, UTF-16 is decoded.
 * @throws KeytrailError `not-a-log-file` out of `push` and `end` where it is something else
 */
export class TextLayers implements ByteSink {
  readonly #sink: ByteSink;
  readonly #options: TextLayersOptions;
  readonly #gzipLayers: number;
  #state: 'undecided' | 'text' | 'utf-16' | 'gzip' = 'undecided';
  #decoder: TextDecoder | undefined;
  /** Of the head while it is undecided, else of gzip. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Why gzip within gzip ends early or may be wrong. */
  problem: string | undefined;

  constructor(sink: ByteSink, options: TextLayersOptions = {}, gzipLayers = 1) {
    this.#sink = sink;
    this.#options = options;
    this.#gzipLayers = gzipLayers;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#state !== 'undecided') this.#pass(bytes);
    else if (this.#heldBytes === 0 && bytes.length >= HEAD_BYTES) this.#decide(bytes);
    else {
      this.#hold(bytes);
      if (this.#heldBytes >= HEAD_BYTES) this.#decide(this.#takeHeld());
    }
  }

  async end(): Promise<void> {
    if (this.#state === 'undecided') this.#decide(this.#takeHeld());
    if (this.#state === 'gzip') {
      const inner = new TextLayers(this.#sink, this.#options, this.#gzipLayers + 1);
      const problem = await feedWhole(this.#takeHeld(), inner);
      this.problem = problem ?? inner.problem;
      return;
    }
    const rest = this.#decoder?.decode();
    if (rest !== undefined && rest !== '') this.#sink.push(Buffer.from(rest));
    await this.#sink.end();
  }

  ready(): Promise<void> | undefined {
    return this.#sink.ready?.();
  }

  #decide(head: Buffer): void {
    if (hasGzipMagic(head)) {
      if (this.#gzipLayers >= MOST_GZIP_LAYERS) {
        throw notALogFile(
          `It is gzip within gzip, over ${MOST_GZIP_LAYERS} times: unpack it and import the result.`,
        );
      }
      this.#state = 'gzip';
    } else {
      const encoding = utf16Of(head);
      const foreign = encoding === undefined ? foreignFormat(head) : undefined;
      if (foreign !== undefined) throw notALogFile(foreign);
      this.#state = encoding === undefined ? 'text' : 'utf-16';
      if (encoding !== undefined) this.#decoder = new TextDecoder(encoding);
      const text = encoding === undefined ? head : Buffer.from(new TextDecoder(encoding).decode(head));
      const refusal = this.#options.refuses?.(text);
      if (refusal !== undefined) throw notALogFile(refusal);
    }
    this.#pass(head);
  }

  #pass(bytes: Buffer): void {
    if (this.#state === 'gzip') this.#hold(bytes);
    else if (this.#decoder === undefined) this.#sink.push(bytes);
    else this.#sink.push(Buffer.from(this.#decoder.decode(bytes, { stream: true })));
  }

  /** Copies: what is pushed is good until the push returns. */
  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > LARGEST_INNER_GZIP_BYTES) {
      throw notALogFile('It is gzip within gzip, and large: unpack it once and import the result.');
    }
    this.#held.push(Buffer.from(bytes));
  }

  #takeHeld(): Buffer {
    const held = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }
}

export function notALogFile(sentence: string): KeytrailError {
  return new KeytrailError('not-a-log-file', sentence);
}

/** UTF-16 by its mark, which PowerShell writes, or by a bracket or quote that begins JSON in it. */
function utf16Of(head: Buffer): Encoding | undefined {
  const [first, second, third, fourth] = head;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? undefined : 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const isOpening = (byte: number | undefined) => byte === 0x7b || byte === 0x5b || byte === 0x22;
  if (isOpening(first) && second === 0) return 'utf-16le';
  return first === 0 && isOpening(second) ? 'utf-16be' : undefined;
}
