import { parentPort, workerData } from 'node:worker_threads';
import { Hono } from 'hono';
import { ANSWER_HEADERS } from '../../api/answer-headers.ts';
import { serveLocally } from '../../api/serve/http-server.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../embedded/embedded-store.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { FrontData, FrontMessage, MainMessage } from './front-messages.ts';

/*
 * The HTTP server of `serve` in a thread of its own. It takes connections, and says whether the store answers, however
 * long the main thread works on an answer or on detection.
 */

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');

const { dataFolder, ...where } = workerData as FrontData;
const asking = new Map<number, (answer: Response) => void>();
let asked = 0;

function tell(message: FrontMessage, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

/** Has the main thread answer; a client that hangs up is told to it. */
async function ask(request: Request): Promise<Response> {
  const id = asked++;
  const body = request.body === null ? undefined : await request.arrayBuffer();
  const { method, url } = request;
  const answer = new Promise<Response>((resolve) => asking.set(id, resolve));
  request.signal.addEventListener('abort', () => {
    if (asking.delete(id)) tell({ kind: 'gone', id });
  });
  const message = { kind: 'asked', id, method, url, headers: [...request.headers] } as const;
  if (body === undefined) tell(message);
  else tell({ ...message, body }, [body]);
  return answer;
}

async function healthOf(store: EmbeddedStore, request: Request): Promise<Response> {
  try {
    await store.table.get({ pk: 'D', sk: '0' });
  } catch {
    // The main thread finds the same, and says and reports it.
    return ask(request);
  }
  const headers = { ...ANSWER_HEADERS, 'Content-Type': 'application/json' };
  return new Response(JSON.stringify({ status: 'ok' }), { headers });
}

async function start(): Promise<void> {
  const store = dataFolder === undefined ? undefined : await openEmbeddedStore(dataFolder, { mode: 'read' });
  const app = new Hono();
  if (store !== undefined) app.get('/healthz', (c) => healthOf(store, c.req.raw));
  app.all('*', (c) => ask(c.req.raw));
  const server = await serveLocally({
    app,
    ...where,
    reportFailure: (error) => tell({ kind: 'failure', error }),
  });
  port?.on('message', async (message: MainMessage) => {
    if (message.kind === 'answer') {
      const { id, status, headers, body } = message;
      const resolve = asking.get(id);
      asking.delete(id);
      const hasBody = status !== 204 && status !== 304;
      resolve?.(new Response(hasBody ? body : null, { status, headers: headers.map(([...pair]) => pair) }));
      return;
    }
    await server.close();
    await store?.close();
    tell({ kind: 'closed' });
    port?.close();
  });
  tell({ kind: 'listening', url: server.url, port: server.port });
}

try {
  await start();
} catch (error) {
  const code = error instanceof KeytrailError ? error.code : 'bad-usage';
  tell({ kind: 'refused', code, message: error instanceof Error ? error.message : String(error) });
  port.close();
}
