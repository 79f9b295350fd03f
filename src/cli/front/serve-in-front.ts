import { Worker } from 'node:worker_threads';
import { problemResponse } from '../../api/problem.ts';
import type { LocalServer, ServeLocallyParts } from '../../api/serve/http-server.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { AskedMessage, FrontData, FrontMessage, MainMessage } from './front-messages.ts';

export interface ServeInFrontParts extends ServeLocallyParts {
  /** Folder of the embedded store; absent for a table in AWS. */
  readonly dataFolder?: string;
}

/**
 * Serves an app over HTTP as `serveLocally` does, with the server in a thread of its own and the app in this one. So
 * connections are taken, and `/healthz` of an embedded store is answered, while the app is busy. Resolves when it listens.
 * @throws KeytrailError `bad-usage` when it may not or cannot listen
 */
export async function serveInFront({
  app,
  reportFailure,
  ...parts
}: ServeInFrontParts): Promise<LocalServer> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./front-worker.${extension}`, import.meta.url), {
    workerData: parts satisfies FrontData,
  });
  const asked = new Map<number, AbortController>();
  const closed = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<Pick<LocalServer, 'url' | 'port'>>();
  const answer = async (message: AskedMessage) => {
    const leaving = new AbortController();
    asked.set(message.id, leaving);
    const { status, headers, body } = await answerOf(app, message, leaving.signal).catch((error: unknown) => {
      reportFailure(error);
      return inParts(problemResponse(INTERNAL));
    });
    if (!asked.delete(message.id)) return;
    worker.postMessage({ kind: 'answer', id: message.id, status, headers, body } satisfies MainMessage, [
      body,
    ]);
  };
  worker.on('message', (message: FrontMessage) => {
    switch (message.kind) {
      case 'asked':
        answer(message).catch(reportFailure);
        return;
      case 'gone':
        asked.get(message.id)?.abort();
        asked.delete(message.id);
        return;
      case 'listening':
        listening.resolve(message);
        return;
      case 'refused':
        listening.reject(new KeytrailError(message.code, message.message));
        return;
      case 'failure':
        reportFailure(message.error);
        return;
      case 'closed':
        closed.resolve();
        return;
      default:
        message satisfies never;
    }
  });
  worker.on('error', (error) => {
    listening.reject(error);
    reportFailure(error);
  });
  worker.on('exit', () => {
    listening.reject(new Error('the thread of the server ended'));
    closed.resolve();
  });
  const { url, port } = await listening.promise;
  return {
    url,
    port,
    async close() {
      worker.postMessage({ kind: 'close' } satisfies MainMessage);
      await closed.promise;
      await worker.terminate();
    },
  };
}

const INTERNAL = { code: 'internal', detail: 'Look in the log of Keytrail to see why.' } as const;

async function answerOf(
  app: ServeLocallyParts['app'],
  { method, url, headers, body }: AskedMessage,
  signal: AbortSignal,
) {
  const request = new Request(url, {
    method,
    headers: headers.map(([...pair]) => pair),
    signal,
    ...(body === undefined ? {} : { body }),
  });
  return inParts(await app.fetch(request));
}

async function inParts(response: Response) {
  return { status: response.status, headers: [...response.headers], body: await response.arrayBuffer() };
}
