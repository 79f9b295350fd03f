import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type LocalServer,
  type ServeLocallyParts,
  serveLocally,
} from '../../../src/api/serve/http-server.ts';
import { anApi } from '../an-api.ts';
import { aRow } from '../fake-history.ts';

const running: LocalServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function served(parts: Partial<ServeLocallyParts> = {}): Promise<LocalServer> {
  const server = await serveLocally({
    app: anApi([aRow()]).app,
    reportFailure: () => {},
    host: '127.0.0.1',
    port: 0,
    ...parts,
  });
  running.push(server);
  return server;
}

/** Says back what body it was sent. */
const echo = { fetch: async (request: Request) => new Response(`got ${(await request.text()).length}`) };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is written here: `fetch` would set `Host` and `Origin` itself. */
function ask(
  { port }: LocalServer,
  how: { path?: string; method?: string; headers?: Record<string, string>; chunks?: readonly string[] } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { path = '/v1/usage', method = 'GET', headers = {}, chunks = [] } = how;
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    sent.on('error', reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });
}

describe('on loopback', () => {
  test('the app is served without a token', async () => {
    const server = await served();
    const answer = await fetch(`${server.url}/v1/usage`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ items: [{ eventId: 'event-1' }] });
  });

  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('it goes by the name %s', async (name) => {
    const server = await served();
    expect((await ask(server, { headers: { host: `${name}:${server.port}` } })).status).toBe(200);
  });

  test.each([
    ['another name', (port: number) => `evil.example:${port}`],
    ['a name that begins like ours', (port: number) => `localhost.evil.example:${port}`],
    ['another port', (port: number) => `localhost:${port + 1}`],
    ['no port', () => 'localhost'],
    ['nonsense', () => 'localhost@evil/'],
  ])('a request for %s is refused', async (_what, host) => {
    const server = await served();
    const answer = await ask(server, { headers: { host: host(server.port) } });
    expect(answer.status).toBe(421);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 421 });
  });

  test.each(['http://evil.example', 'null', 'http://localhost:1', 'file://', 'nonsense'])(
    'a request from a page of %s is refused',
    async (origin) => {
      const server = await served();
      expect((await ask(server, { headers: { origin } })).status).toBe(403);
      const json = { 'content-type': 'application/json' };
      const change = (method: string, path: string) =>
        ask(server, { method, path, headers: { ...json, origin }, chunks: ['{}'] });
      expect((await change('POST', '/v1/alerts/x/acknowledge')).status).toBe(403);
      expect((await change('PUT', '/v1/expectations/x')).status).toBe(403);
      const removal = { method: 'DELETE', path: '/v1/expectations/x', headers: { origin } };
      expect((await ask(server, removal)).status).toBe(403);
    },
  );

  test('a request from our own page is answered', async () => {
    const server = await served();
    expect((await ask(server, { headers: { origin: server.url } })).status).toBe(200);
  });

  test('with a token, the token is asked for there too', async () => {
    const server = await served({ token: 'secret' });
    expect((await ask(server)).status).toBe(401);
    expect((await ask(server, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
  });
});

describe('beyond loopback', () => {
  test.each(['0.0.0.0', '::', '192.168.0.1', 'example.com', ''])(
    'nothing is served without a token: %j',
    async (host) => {
      await expect(served({ host })).rejects.toMatchObject({ code: 'bad-usage' });
      await expect(served({ host, token: '' })).rejects.toMatchObject({ code: 'bad-usage' });
    },
  );

  test('a caller with the token is answered, under any name of the machine', async () => {
    const server = await served({ host: '0.0.0.0', token: 'a token' });
    const headers = { host: 'keytrail.internal', authorization: 'bearer a token' };
    expect((await ask(server, { headers })).status).toBe(200);
  });

  test.each([undefined, 'Bearer', 'Bearer wrong', 'Basic c2VjcmV0', 'secret', 'Bearer secrets'])(
    'a caller with anything else is refused: %s',
    async (authorization) => {
      const server = await served({ host: '0.0.0.0', token: 'secret' });
      const answer = await ask(server, authorization === undefined ? {} : { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    },
  );

  test('health is answered without a token', async () => {
    const server = await served({ host: '0.0.0.0', token: 'secret' });
    expect((await ask(server, { path: '/healthz' })).status).toBe(200);
    expect((await ask(server, { path: '/healthz/' })).status).toBe(401);
  });
});

describe('a change', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' };

  test.each(['POST', 'PUT'])('is taken as JSON: %s', async (method) => {
    const server = await served({ app: echo });
    const answer = await ask(server, { method, headers: json, chunks: ['{}'] });
    expect(answer).toMatchObject({ status: 200, body: 'got 2' });
  });

  test.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data',
    'application/jsonp',
    '',
  ])('is refused as anything else: %j', async (type) => {
    const server = await served({ app: echo });
    const headers = type === '' ? {} : { 'content-type': type };
    const answer = await ask(server, { method: 'POST', headers, chunks: ['{}'] });
    expect(answer.status).toBe(415);
  });

  test('is refused where it is too large, whether it says its length or not', async () => {
    const server = await served({ app: echo });
    const chunk = ' '.repeat(300_000);
    const declared = { ...json, 'content-length': String(4 * chunk.length) };
    const chunks = [chunk, chunk, chunk, chunk];
    expect((await ask(server, { method: 'PUT', headers: declared, chunks })).status).toBe(413);
    expect((await ask(server, { method: 'PUT', headers: json, chunks })).status).toBe(413);
    expect((await ask(server, { method: 'PUT', headers: json, chunks: [chunk] })).status).toBe(200);
  });
});

test('what is not HTTP as we know it is refused with a problem', async () => {
  const server = await served();
  expect((await ask(server, { method: 'TRACE' })).status).toBe(405);
  expect((await ask(server, { path: 'http://evil.example/v1/usage' })).status).toBeLessThan(500);
});

test('a request whose head is too large is refused with a problem', async () => {
  const server = await served();
  const answer = await ask(server, { path: `/v1/usage?key=${'x'.repeat(70_000)}` });
  expect(answer.status).toBe(431);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(JSON.parse(answer.body)).toMatchObject({ status: 431 });
  expect((await ask(server, { path: `/v1/usage?key=${'%F0%AE%BE%9E'.repeat(4097)}` })).status).toBe(400);
});

test('a request that is not HTTP is refused with a problem', async () => {
  const { port } = await served();
  const socket = connect(port, '127.0.0.1');
  socket.end('NONSENSE\r\n\r\n');
  expect(await text(socket)).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*application\/problem\+json[\s\S]*"status":400/,
  );
});

test('an error that the app lets through is a problem, and is reported', async () => {
  const reported: unknown[] = [];
  const failure = new Error('secret');
  const app = { fetch: () => Promise.reject(failure) };
  const server = await served({ app, reportFailure: (error) => reported.push(error) });
  const answer = await ask(server);
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain('secret');
  expect(reported).toEqual([failure]);
});

test('a port that is taken is said to be', async () => {
  const { port } = await served();
  await expect(served({ port })).rejects.toMatchObject({
    code: 'bad-usage',
    message: `Port ${port} is taken; give another with --port.`,
  });
});

test('closing lets an answer under way finish', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const app = {
    async fetch() {
      started.resolve();
      await finish.promise;
      return new Response('whole');
    },
  };
  const server = await serveLocally({ app, reportFailure: () => {}, host: '127.0.0.1', port: 0 });
  const answer = ask(server);
  await started.promise;
  const closed = server.close();
  finish.resolve();
  expect(await answer).toMatchObject({ status: 200, body: 'whole' });
  await closed;
  await expect(ask(server)).rejects.toThrow();
});
