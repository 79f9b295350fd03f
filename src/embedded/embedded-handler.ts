import { EventEmitter } from 'node:events';
import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';

/** An owner that seals a large day answers nobody meanwhile; one that says nothing for so long has stopped. */
const ANSWER_LIMIT_MS = 120_000;

const INTERNAL_ERROR = 500;

/** What the SDK hands to a request handler, and takes from it; see `@smithy/types` `RequestHandler`. */
interface WireRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface WireResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** One way to the table: this process's own engine, or another's over its socket. */
export interface Route {
  /** The shorter way for what needs no condition, in the process that owns the engine. */
  readonly table?: Table;
  send(request: WireRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

/**
 * Asks the engine by its own listener, without a socket between, and answers other processes over one.
 *
 * The engine throws where nobody can catch it when a request breaks off, or comes when the store is closed. So
 * it sees whole requests only, and is not closed before it has answered them.
 */
export class Engine {
  readonly #listener: EngineListener;
  #answering = 0;
  #isClosing = false;
  #onIdle: (() => void) | undefined;

  /** @param server the engine's, whose requests are taken over */
  constructor(server: Server) {
    // dynalite registers one listener, which reads of a request and writes of a response what stands below.
    const [listener] = server.listeners('request') as EngineListener[];
    if (listener === undefined) throw new Error('the engine has no listener');
    this.#listener = listener;
    server.removeAllListeners('request');
    server.on('request', (incoming, outgoing) => this.#serve(incoming, outgoing));
  }

  /** @throws what the engine throws before it has looked at the request whole; later it ends the process */
  async answer(request: Pick<WireRequest, 'method' | 'headers'>, body: Buffer): Promise<EngineAnswer> {
    this.#answering += 1;
    try {
      return await this.#ask(request, body);
    } finally {
      this.#answering -= 1;
      if (this.#answering === 0) this.#onIdle?.();
    }
  }

  #ask(request: Pick<WireRequest, 'method' | 'headers'>, body: Buffer): Promise<EngineAnswer> {
    return new Promise((resolve) => {
      const incoming = Object.assign(new EventEmitter(), {
        method: request.method,
        url: '/',
        headers: lowerCased(request.headers),
      });
      const headers: Record<string, string> = {};
      const outgoing = {
        statusCode: 200,
        setHeader(name: string, value: unknown) {
          headers[name.toLowerCase()] = String(value);
        },
        end: (text?: string) => {
          resolve({ statusCode: outgoing.statusCode, headers, body: Buffer.from(text ?? '') });
        },
      };
      this.#listener(incoming, outgoing);
      incoming.emit('data', body);
      incoming.emit('end');
    });
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Who asked has ended, and waits for no answer.
    incoming.on('error', () => {});
    incoming.on('end', async () => {
      // Who asks finds a broken connection, and with the next attempt the new owner.
      if (this.#isClosing) return void outgoing.destroy();
      const request = { method: incoming.method ?? '', headers: textsOf(incoming.headers) };
      try {
        const { statusCode, headers, body } = await this.answer(request, Buffer.concat(chunks));
        outgoing.writeHead(statusCode, headers).end(body);
      } catch {
        // No request of the store's own is such that the engine throws: whose it is hears of it, and nobody else.
        outgoing.writeHead(INTERNAL_ERROR).end();
      }
    });
  }

  /** Takes no more requests of other processes; resolves when all that it took are answered. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#answering === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}

interface EngineAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

type EngineListener = (
  incoming: EventEmitter & Pick<WireRequest, 'method' | 'headers'> & { readonly url: string },
  outgoing: {
    statusCode: number;
    setHeader(name: string, value: unknown): void;
    end(text?: string): void;
  },
) => void;

/** The way to this process's own engine. */
export function ownerRoute(engine: Engine, table: Table, close: () => Promise<void>): Route {
  return {
    table,
    async send(request) {
      const { statusCode, headers, body } = await engine.answer(request, bodyOf(request));
      return { statusCode, headers, body: Readable.from([body]) };
    },
    close,
  };
}

/**
 * Sends requests to the owner's socket. A broken connection rejects with the system's error code, one on which
 * nothing comes for so long with `store-unavailable`: an owner that was stopped breaks none.
 */
export function socketRoute(path: string, answerLimitMs = ANSWER_LIMIT_MS): Route {
  const agent = new SocketAgent(path);
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const body = bodyOf(request);
        const headers = { ...request.headers, 'content-length': String(body.length) };
        const outgoing: ClientRequest = httpRequest(
          { agent, method: request.method, path: '/', headers, timeout: answerLimitMs },
          (response) => {
            const answered = textsOf(response.headers);
            // Read here: a connection that breaks while nobody listens yet would break unheard.
            buffer(response).then((bytes) => {
              const body = Readable.from([bytes]);
              resolve({ statusCode: response.statusCode ?? 0, headers: answered, body });
            }, reject);
          },
        );
        outgoing.on('error', reject);
        outgoing.on('timeout', () => {
          reject(silent(path, answerLimitMs));
          outgoing.destroy();
        });
        outgoing.end(body);
      }),
    async close() {
      agent.destroy();
    },
  };
}

function silent(path: string, limitMs: number): KeytrailError {
  return new KeytrailError(
    'store-unavailable',
    `The process that serves ${path} has not answered for ${Math.round(limitMs / 1000)} seconds; end it, then try again.`,
  );
}

class SocketAgent extends Agent {
  readonly #path: string;

  constructor(path: string) {
    super({ keepAlive: true });
    this.#path = path;
  }

  override createConnection() {
    return connect(this.#path);
  }
}

function textsOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function bodyOf(request: WireRequest): Buffer {
  const { body } = request;
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : Buffer.alloc(0);
}

/**
 * The SDK's request handler over whichever route there is. When one breaks, because the process that served
 * the table ended, the next request looks for a new one: it joins the new owner or becomes it.
 */
export class EmbeddedHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #findRoute: () => Promise<Route>;
  #route: Promise<Route> | undefined;
  #table: Table | undefined;

  constructor(findRoute: () => Promise<Route>) {
    this.#findRoute = findRoute;
  }

  async handle(request: WireRequest): Promise<{ response: WireResponse }> {
    this.#route ??= this.#findRoute();
    const route = this.#route;
    try {
      const found = await route;
      if (this.#route === route) this.#table = found.table;
      return { response: await found.send(request) };
    } catch (error) {
      if (this.#route === route) this.#leave();
      throw error;
    }
  }

  /** The table of the engine, while this process owns it. */
  get ownTable(): Table | undefined {
    return this.#table;
  }

  #leave(): void {
    this.#route = undefined;
    this.#table = undefined;
  }

  /** Ends the route for good. */
  async close(): Promise<void> {
    const route = this.#route;
    this.#leave();
    await (await route)?.close();
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {}
}
