import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { socketRoute } from '../../src/embedded/embedded-handler.ts';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytrail-handler-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An owner of a store that answers in a way of its own. */
async function ownerThat(answers: RequestListener) {
  const path = join(folder, 'store.sock');
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const QUESTION = { method: 'POST', headers: { host: 'localhost' }, body: '{}' };

describe('the way over a socket', () => {
  test('brings what the owner answers', async () => {
    const owner = await ownerThat((incoming, outgoing) => incoming.pipe(outgoing.writeHead(418)));
    const route = socketRoute(owner.path);
    const { statusCode, body } = await route.send(QUESTION);
    expect([statusCode, await text(body)]).toEqual([418, QUESTION.body]);
    await route.close();
    await owner.close();
  });

  test.each([
    ['answers nothing', () => {}],
    [
      'stops in the middle of its answer',
      (outgoing: { write(text: string): unknown }) => outgoing.write('{'),
    ],
  ])('ends with a sentence where the owner %s', async (_, answer) => {
    const owner = await ownerThat((_incoming, outgoing) => answer(outgoing));
    const route = socketRoute(owner.path, 50);
    await expect(route.send(QUESTION)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining(owner.path),
    });
    await route.close();
    await owner.close();
  });

  test('ends with the system’s code where the owner dies in the middle of its answer', async () => {
    const owner = await ownerThat((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '10' }).write('{');
      setImmediate(() => outgoing.destroy());
    });
    const route = socketRoute(owner.path);
    await expect(route.send(QUESTION)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await route.close();
    await owner.close();
  });
});

test('a request that the engine throws at is answered, and the store can be closed', async () => {
  const store = await openEmbeddedStore(folder);
  const headers = {
    'x-amz-target': 'DynamoDB_20120810.GetItem',
    'content-type': 'application/x-amz-json-1.0',
    authorization: 'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=c, Signature=d',
    'x-amz-date': '20260301T000000Z',
  };
  const status = await new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { socketPath: store.folder.socket, method: 'POST', path: '/', headers, agent: false },
      (answer) => resolve(answer.resume().statusCode),
    );
    outgoing.on('error', reject).end('null');
  });
  expect(status).toBe(500);
  await store.table.put({ pk: 'a', sk: 'b' });
  await store.close();
});
