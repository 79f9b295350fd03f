import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readLogFile } from '../../src/import/read-log-file.ts';
import { RemoteObjects, serveObjects } from '../../src/import/remote-objects.ts';
import { readLogObject } from '../../src/ingest/read-log-object.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import type { ObjectStore, OpenedObject } from '../../src/s3/object-store.ts';
import { Gathered } from './gathered.ts';

const MB = 1024 * 1024;
const CHUNK_BYTES = 60_000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytrail-object-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Objects by key. Each body breaks at the given places, each time at the next one. */
class FakeStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();
  readonly breaksAt: number[] = [];
  etag: string | undefined = '"1"';
  gets: string[] = [];
  /** Bodies that are neither at their end nor destroyed. */
  readonly open = new Set<Readable>();
  /** Read out of all bodies together. */
  givenBytes = 0;

  async *list(): AsyncGenerator<string[]> {
    yield [...this.objects.keys()];
  }

  async get(
    { key }: { readonly key: string },
    from?: { readonly offset: number; readonly etag: string },
  ): Promise<OpenedObject> {
    this.gets.push(from === undefined ? key : `${key} ${from.offset} ${from.etag}`);
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw Object.assign(new Error('gone'), { name: 'NoSuchKey' });
    if (from !== undefined && from.etag !== this.etag) {
      throw Object.assign(new Error('changed'), { $metadata: { httpStatusCode: 412 } });
    }
    const store = this;
    const body = Readable.from(
      (async function* () {
        const start = from?.offset ?? 0;
        const breakAt = store.breaksAt.shift();
        for (let at = start; at < bytes.length; at += CHUNK_BYTES) {
          if (breakAt !== undefined && at + CHUNK_BYTES > breakAt) {
            if (breakAt > at) yield bytes.subarray(at, breakAt);
            throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
          }
          store.givenBytes += Math.min(CHUNK_BYTES, bytes.length - at);
          yield bytes.subarray(at, at + CHUNK_BYTES);
        }
      })(),
      { objectMode: false, highWaterMark: 64 * 1024 },
    );
    this.open.add(body);
    body.once('close', () => this.open.delete(body));
    return { etag: this.etag, body };
  }

  close(): void {}
}

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of channels.splice(0)) port1.close();
});

function objectsOf(store: ObjectStore): RemoteObjects {
  const channel = new MessageChannel();
  channels.push(channel);
  serveObjects(channel.port1, store);
  return new RemoteObjects(channel.port2);
}

async function readObject(content: Buffer, store = new FakeStore()) {
  store.objects.set('k', content);
  const sink = new Gathered();
  const problem = await readLogObject(objectsOf(store), 's3://bucket/k', sink);
  expect(sink.ends).toBe(1);
  return { problem, bytes: sink.bytes };
}

async function readFile(content: Buffer) {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const sink = new Gathered();
  return { problem: await readLogFile(path, sink), bytes: sink.bytes };
}

/** Text that packs to about half its size. */
const textOf = (bytes: number) => Buffer.from(randomBytes(bytes / 2).toString('hex'));

function spoilt(zipped: Buffer): Buffer {
  const middle = Math.floor(zipped.length / 2);
  zipped.fill(0xff, middle, middle + 70_000);
  return zipped;
}

describe('the bytes of an object', () => {
  test.each<[string, () => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['one byte', () => Buffer.from('{')],
    ['a small one', () => textOf(300_000)],
    ['a large one', () => textOf(10 * MB)],
    ['a small one zipped', () => gzipSync(textOf(300_000))],
    ['a large one zipped', () => gzipSync(textOf(12 * MB))],
    ['one zipped that is larger inside than is held at once', () => gzipSync(Buffer.alloc(65 * MB, 'abc'))],
    ['exactly what is held', () => textOf(4 * MB)],
    ['several gzip members', () => Buffer.concat([gzipSync(textOf(MB)), gzipSync(textOf(MB))])],
    ['one that is cut', () => gzipSync(textOf(MB)).subarray(0, 300_000)],
    ['a large one that is cut', () => gzipSync(textOf(12 * MB)).subarray(0, 5 * MB)],
    ['one that is damaged', () => spoilt(gzipSync(textOf(MB), { level: 0 }))],
    ['a large one that is damaged', () => spoilt(gzipSync(textOf(10 * MB), { level: 0 }))],
  ])('are those that a file of the same content has: %s', async (_, make) => {
    const content = make();
    const [object, file] = [await readObject(Buffer.from(content)), await readFile(content)];
    expect(object.problem).toBe(file.problem);
    expect(object.bytes.equals(file.bytes)).toBe(true);
  });

  test('come whole over a connection that breaks, and go on where it broke', async () => {
    const content = textOf(10 * MB);
    const store = new FakeStore();
    const breaksAt = [0, 5, 70_000, 3 * MB, 3 * MB + 1, 10 * MB - 1];
    store.breaksAt.push(...breaksAt);
    const { problem, bytes } = await readObject(content, store);
    expect(problem).toBeUndefined();
    expect(bytes.equals(content)).toBe(true);
    const [first, ...others] = store.gets.map((get) => /^k(?: (\d+) "1")?$/.exec(get)?.[1] ?? '0');
    expect([first, others.length]).toEqual(['0', breaksAt.length]);
    // What waited in the stream is lost with it.
    others.forEach((offset, index) => {
      const breakAt = breaksAt[index] ?? 0;
      expect(Number(offset)).toBeLessThanOrEqual(breakAt);
      expect(Number(offset)).toBeGreaterThan(breakAt - 2 * CHUNK_BYTES);
    });
    expect(store.open.size).toBe(0);
  });

  test('end in a sentence where it breaks again and again, after those that came', async () => {
    const store = new FakeStore();
    store.objects.set('k', textOf(10 * MB));
    store.breaksAt.push(6 * MB, 6 * MB, 6 * MB, 6 * MB, 6 * MB);
    const sink = new Gathered();
    const reading = readLogObject(objectsOf(store), 's3://bucket/k', sink);
    await expect(reading).rejects.toThrow(
      's3://bucket/k cannot be reached (ECONNRESET); check the network, the Region and AWS_ENDPOINT_URL_S3, and import it again.',
    );
    await expect(reading).rejects.toBeInstanceOf(KeytrailError);
    expect(sink.bytes.length).toBeLessThanOrEqual(6 * MB);
    expect(sink.bytes.length).toBeGreaterThan(6 * MB - 2 * CHUNK_BYTES);
    expect(sink.ends).toBe(0);
    // What waited in the first stream came with the second: three more brought nothing.
    expect(store.gets.length).toBeLessThanOrEqual(5);
    expect(store.open.size).toBe(0);
  });

  test.each([
    ['is another one by then', '"2"', 's3://bucket/k was changed while it was read; import it again.'],
    ['has nothing to be known by', undefined, /^s3:\/\/bucket\/k cannot be reached \(ECONNRESET\)/],
  ])('are not put together of an object that %s', async (_, etag, sentence) => {
    const store = new FakeStore();
    store.objects.set('k', textOf(MB));
    store.breaksAt.push(200_000);
    if (etag === undefined) store.etag = undefined;
    const { get } = store;
    store.get = async (...parameters) => {
      const opened = await get.apply(store, parameters);
      if (etag !== undefined) store.etag = etag;
      return opened;
    };
    await expect(readLogObject(objectsOf(store), 's3://bucket/k', new Gathered())).rejects.toThrow(sentence);
  });
});

describe('objects that are read ahead', () => {
  test('are fetched once, a piece of each, and let go when they are not wanted any more', async () => {
    const store = new FakeStore();
    const keys = ['a', 'b', 'c'];
    for (const key of keys) store.objects.set(key, textOf(20 * MB));
    const objects = objectsOf(store);
    objects.readAhead(keys.map((key) => `s3://bucket/${key}`));
    const sink = new Gathered();
    await readLogObject(objects, 's3://bucket/a', sink);
    expect(sink.bytes.equals(store.objects.get('a') ?? Buffer.alloc(0))).toBe(true);
    expect(store.gets).toEqual(keys);
    // Of the others a piece, and what waits in the stream.
    expect(store.givenBytes).toBeLessThan(20 * MB + 2 * 1.5 * MB);
    expect(store.open.size).toBe(2);

    objects.readAhead(['s3://bucket/c']);
    await readLogObject(objects, 's3://bucket/c', new Gathered());
    expect(store.gets).toEqual(keys);
    expect(store.open.size).toBe(0);
  });
});
