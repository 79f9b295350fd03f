import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLogFile } from '../../src/import/read-log-file.ts';
import { Gathered } from '../ingest/gathered.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytrail-read-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: Uint8Array, sink = new Gathered()) {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const problem = await readLogFile(path, sink);
  expect(sink.ends).toBe(1);
  return { problem, bytes: sink.bytes };
}

/** Text that packs to about half its size. */
const textOf = (bytes: number) => Buffer.from(randomBytes(bytes / 2).toString('hex'));

const MB = 1024 * 1024;

describe('the bytes of a file', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('{')],
    ['half a sign of gzip', Buffer.from([0x1f])],
    ['what is read whole', textOf(MB)],
    ['what is read as it comes', Buffer.alloc(33 * MB, 'abcdefg')],
  ])('are those of it, and zipped those inside: %s', async (_, content) => {
    for (const file of [content, gzipSync(content, { level: 1 })]) {
      const { problem, bytes } = await read(file);
      expect(problem).toBeUndefined();
      expect(bytes.equals(content)).toBe(true);
    }
  });

  test.each([
    ['is small', MB],
    ['is large', 10 * MB],
  ])('come out of several gzip members, and of what %s', async (_, size) => {
    const content = textOf(size);
    const members = Buffer.concat([gzipSync(content), gzipSync(content), Buffer.alloc(512)]);
    const { problem, bytes } = await read(members);
    expect(problem).toBeUndefined();
    expect(bytes.equals(Buffer.concat([content, content]))).toBe(true);
  });

  test('wait for who takes them', async () => {
    class Slow extends Gathered {
      isBusy = false;
      waits = 0;

      override push(chunk: Uint8Array): void {
        expect(this.isBusy).toBe(false);
        super.push(chunk);
      }

      async ready(): Promise<void> {
        this.isBusy = true;
        this.waits += 1;
        await setImmediate();
        this.isBusy = false;
      }
    }
    const content = Buffer.alloc(33 * MB, 'abcdefg');
    const sink = new Slow();
    await read(content, sink);
    expect(sink.waits).toBeGreaterThanOrEqual(33);
    expect(sink.bytes.equals(content)).toBe(true);
  });
});

describe('gzip data that is not sound gives all that is before', () => {
  const sizes = [
    ['small', 300_000],
    ['large', 10 * MB],
  ] as const;

  test.each(sizes)('the place where it ends early, in a %s file', async (_, size) => {
    const content = textOf(size);
    const zipped = gzipSync(content);
    const { problem, bytes } = await read(zipped.subarray(0, zipped.length / 2));
    expect(problem).toBe('The gzip data ends early; the records before its end were read.');
    expect(bytes.length).toBeGreaterThan(size * 0.45);
    expect(content.subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  test.each(sizes)('a block that is damaged, in a %s file', async (_, size) => {
    const content = textOf(size);
    // Stored blocks (RFC 1951 §3.2.4) of at most 64 KB, the head of one in the second half spoilt.
    const zipped = gzipSync(content, { level: 0 });
    const blocks = storedBlocks(zipped);
    const spoilt = blocks[Math.floor(blocks.length / 2)] ?? { at: 0, before: 0 };
    zipped[spoilt.at] = 0x06;
    const { problem, bytes } = await read(zipped);
    expect(problem).toBe('The gzip data is damaged; the records before the damage were read.');
    expect(bytes.length).toBe(spoilt.before);
    expect(content.subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  test.each(sizes)('a checksum that does not match, in a %s file', async (_, size) => {
    const content = textOf(size);
    const zipped = gzipSync(content);
    zipped[zipped.length - 5] = (zipped.at(-5) ?? 0) ^ 1;
    const { problem, bytes } = await read(zipped);
    expect(problem).toBe(
      'The gzip data does not match its checksum; its records were read, and some may be damaged.',
    );
    expect(bytes.equals(content)).toBe(true);
  });

  test('something else behind its end', async () => {
    const content = textOf(MB);
    const { problem, bytes } = await read(Buffer.concat([gzipSync(content), Buffer.from('something else')]));
    expect(problem).toBe('The gzip data is damaged; the records before the damage were read.');
    expect(bytes.equals(content)).toBe(true);
  });
});

/** Where each stored block begins, and how much was stored before it. */
function storedBlocks(zipped: Buffer): { at: number; before: number }[] {
  const blocks: { at: number; before: number }[] = [];
  // The header without a file name has ten bytes (RFC 1952 §2.3).
  let before = 0;
  for (let at = 10; ; ) {
    blocks.push({ at, before });
    const isLast = ((zipped[at] ?? 1) & 1) === 1;
    const length = zipped.readUInt16LE(at + 1);
    if (isLast) return blocks;
    before += length;
    at += 5 + length;
  }
}
