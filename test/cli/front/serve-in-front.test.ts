import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import type { LocalServer } from '../../../src/api/serve/http-server.ts';
import { type ServeInFrontParts, serveInFront } from '../../../src/cli/front/serve-in-front.ts';
import { openEmbeddedStore } from '../../../src/embedded/embedded-store.ts';
import { aFolder } from '../keytrail-process.ts';

const running: LocalServer[] = [];
const failures: unknown[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
  failures.length = 0;
});

async function served(parts: Partial<ServeInFrontParts>): Promise<LocalServer> {
  const server = await serveInFront({
    app: { fetch: async () => new Response('from the main thread') },
    reportFailure: (error) => failures.push(error),
    host: '127.0.0.1',
    port: 0,
    ...parts,
  });
  running.push(server);
  return server;
}

test('requests and answers are those of the app, whole', async () => {
  const seen: unknown[] = [];
  const app = {
    async fetch(request: Request) {
      seen.push([request.method, new URL(request.url).pathname, request.headers.get('x-one')]);
      const body = await request.text();
      return new Response(`got ${body}`, { status: 418, headers: { 'X-Two': 'b' } });
    },
  };
  const { url } = await served({ app });
  const answer = await fetch(`${url}/a%2Fb?c=d`, {
    method: 'POST',
    body: '{"é":1}',
    headers: {
      'x-one': 'a',
      'content-type': 'application/json',
    },
  });
  expect([answer.status, answer.headers.get('x-two'), await answer.text()]).toEqual([
    418,
    'b',
    'got {"é":1}',
  ]);
  expect(seen).toEqual([['POST', '/a%2Fb', 'a']]);
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(418);
});

test('what the app fails at is an answer, and reported', async () => {
  const error = new Error('broken');
  const { url } = await served({
    app: {
      async fetch() {
        throw error;
      },
    },
  });
  const answer = await fetch(`${url}/v1/usage`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([500, 'application/problem+json']);
  expect(failures).toEqual([error]);
});

test('guards stand before the app', async () => {
  const { url } = await served({ token: 'secret' });
  expect((await fetch(`${url}/v1/usage`)).status).toBe(401);
  const headers = { Authorization: 'Bearer secret' };
  expect(await (await fetch(`${url}/v1/usage`, { headers })).text()).toBe('from the main thread');
});

test('a port that is taken is said so', async () => {
  const { port } = await served({});
  await expect(served({ port })).rejects.toMatchObject({
    code: 'bad-usage',
    message: `Port ${port} is taken; give another with --port.`,
  });
});

/** Asks from a thread of its own, and wakes who waits for the answer. */
const CLIENT = `
const { workerData: { url, state }, parentPort } = require('node:worker_threads');
fetch(url).then((answer) => answer.text()).then((text) => {
  Atomics.store(state, 0, text === '{"status":"ok"}' ? 1 : 2);
  Atomics.notify(state, 0);
});`;

test('/healthz is answered while the main thread is busy', async () => {
  const dataFolder = join(aFolder(), 'data');
  await (await openEmbeddedStore(dataFolder, { mode: 'create' })).close();
  const { url } = await served({ dataFolder });
  const state = new Int32Array(new SharedArrayBuffer(4));
  const client = new Worker(CLIENT, { eval: true, workerData: { url: `${url}/healthz`, state } });
  await once(client, 'online');
  // Blocks this thread until the client has its answer.
  Atomics.wait(state, 0, 0, 20_000);
  expect(state[0]).toBe(1);
  await client.terminate();
});

test('a client that hangs up is told to the app, and others are not disturbed', async () => {
  const begun = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const app = {
    async fetch({ url, signal }: Request) {
      if (!url.endsWith('/long')) return new Response('short');
      signal.addEventListener('abort', () => left.resolve());
      begun.resolve();
      await left.promise;
      return new Response(null, { status: 499 });
    },
  };
  const { url } = await served({ app });
  const leaving = new AbortController();
  const asking = fetch(`${url}/long`, { signal: leaving.signal });
  await begun.promise;
  leaving.abort();
  await expect(asking).rejects.toThrow();
  await left.promise;
  expect(await (await fetch(`${url}/short`)).text()).toBe('short');
  expect(failures).toEqual([]);
});
