import { EventEmitter } from 'node:events';
import { Agent, type ClientRequest, request as httpRequest, type Server } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';

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
  send(request: WireRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

/** Hands requests to the engine's own listener without a socket between. */
export function ownerRoute(server: Server, close: () => Promise<void>): Route {
  return {
    send: (request) =>
      new Promise((resolve) => {
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
          end(body?: string) {
            resolve({
              statusCode: outgoing.statusCode,
              headers,
              body: Readable.from([Buffer.from(body ?? '')]),
            });
          },
        };
        server.emit('request', incoming, outgoing);
        incoming.emit('data', bodyOf(request));
        incoming.emit('end');
      }),
    close,
  };
}

/** Sends requests to the owner's socket; a broken connection rejects with the system's error code. */
export function socketRoute(path: string): Route {
  const agent = new SocketAgent(path);
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const body = bodyOf(request);
        const headers = { ...request.headers, 'content-length': String(body.length) };
        const outgoing: ClientRequest = httpRequest(
          { agent, method: request.method, path: '/', headers },
          (response) => {
            const answered: Record<string, string> = {};
            for (const [name, value] of Object.entries(response.headers)) answered[name] = String(value);
            resolve({ statusCode: response.statusCode ?? 0, headers: answered, body: response });
          },
        );
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    async close() {
      agent.destroy();
    },
  };
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

  constructor(findRoute: () => Promise<Route>) {
    this.#findRoute = findRoute;
  }

  async handle(request: WireRequest): Promise<{ response: WireResponse }> {
    this.#route ??= this.#findRoute();
    const route = this.#route;
    try {
      return { response: await (await route).send(request) };
    } catch (error) {
      if (this.#route === route) this.#route = undefined;
      throw error;
    }
  }

  /** Ends the route for good. */
  async close(): Promise<void> {
    const route = this.#route;
    this.#route = undefined;
    await (await route)?.close();
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {}
}
