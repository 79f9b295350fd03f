import { expect } from 'vitest';
import type { ByteSink } from '../../src/ingest/feed-log-bytes.ts';

/** Keeps the bytes that it is given, which end once. */
export class Gathered implements ByteSink {
  readonly chunks: Buffer[] = [];
  ends = 0;

  push(chunk: Uint8Array): void {
    expect(this.ends).toBe(0);
    this.chunks.push(Buffer.from(chunk));
  }

  end(): void {
    this.ends += 1;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}
