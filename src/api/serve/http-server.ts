import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { KeytrailError } from '../../keytrail-error.ts';
import { type Problem, problemBody, problemHeaders, problemResponse, problemStatus } from '../problem.ts';
import { type GuardPolicy, isLoopback, refusalOf, urlHost } from './request-guard.ts';

/** The body of a change is an expectation or a reason, which are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Enough for the longest allowed filter value, in characters of four bytes, URL-encoded. */
const MAX_HEAD_BYTES = 64 * 1024;
/** How long open requests may take after the server was asked to close. */
const CLOSE_GRACE_MS = 5_000;

export interface ServeLocallyParts {
  /** Answers every path: the API, and anything else that is served. */
  readonly app: { fetch(request: Request, bindings?: unknown): Response | Promise<Response> };
  /** Called with errors that the app did not handle itself. */
  readonly reportFailure: (error: unknown) => void;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The token that every caller must send; required when `host` is not loopback. */
  readonly token?: string;
}

export interface LocalServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Accepts no new request, and gives open ones five seconds. */
  close(): Promise<void>;
}

/**
 * Serves an app over HTTP on this machine; resolves when it listens. Requests that a web page could make a browser send are
 * refused. Without a token it listens on loopback only.
 * @throws KeytrailError `bad-usage` when it may not or cannot listen
 */
export async function serveLocally(parts: ServeLocallyParts): Promise<LocalServer> {
  const { host, port: wanted, reportFailure } = parts;
  const token = parts.token === '' ? undefined : parts.token;
  if (token === undefined && !isLoopback(host))
    throw new KeytrailError(
      'bad-usage',
      `Give a token to serve on ${host} (--token-file, KEYTRAIL_TOKEN or --token), or leave --host out.`,
    );

  const listener = getRequestListener(limited(parts).fetch, {
    hostname: host,
    errorHandler: (error) => problemResponse(problemOfConnection(error, reportFailure)),
  });
  let policy: GuardPolicy | undefined;
  const server = createServer(
    { maxHeaderSize: MAX_HEAD_BYTES, requireHostHeader: false },
    (incoming, outgoing) => {
      if (policy === undefined) return outgoing.destroy();
      const refused = refusalOf(incoming, policy);
      if (refused === undefined) return void listener(incoming, outgoing);
      // The rest of the request is not read.
      incoming.resume();
      return refuse(outgoing, refused);
    },
  );
  server.on('clientError', answerUnreadable);
  const port = await listen(server, host.replace(/^\[|\]$/g, ''), wanted);
  policy = { host, port, maxBodyBytes: MAX_BODY_BYTES, ...(token === undefined ? {} : { token }) };
  return { url: `http://${urlHost(host)}:${port}`, port, close: () => close(server) };
}

/** The app behind a limit on bodies without a Content-Length. */
function limited({ app }: ServeLocallyParts): Hono {
  const outer = new Hono();
  const onError = () =>
    problemResponse({ code: 'body-too-large', detail: `A body may have at most ${MAX_BODY_BYTES} bytes.` });
  outer.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError }));
  outer.all('*', (c) => app.fetch(c.req.raw, c.env));
  outer.onError((error) => {
    throw error;
  });
  return outer;
}

function problemOfConnection(error: unknown, reportFailure: (error: unknown) => void): Problem {
  if (error instanceof RequestError)
    return { code: 'bad-parameter', detail: 'The request line or the Host header is not well-formed.' };
  reportFailure(error);
  return { code: 'internal', detail: 'Look in the log of Keytrail to see why.' };
}

function refuse(outgoing: ServerResponse, problem: Problem): void {
  outgoing.writeHead(problemStatus(problem.code), problemHeaders(problem));
  outgoing.end(problemBody(problem));
}

/** A request that Node's parser refused has no response object, so the answer is written to the socket, then closed. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem: Problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? { code: 'head-too-large', detail: `URL and headers may have ${MAX_HEAD_BYTES} bytes; ask for less.` }
      : { code: 'bad-parameter', detail: 'The request is not well-formed HTTP.' };
  const body = problemBody(problem);
  const status = problemStatus(problem.code);
  const headers = {
    ...problemHeaders(problem),
    Connection: 'close',
    'Content-Length': Buffer.byteLength(body),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}

/** Listens. @returns the port */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new KeytrailError('bad-usage', whyNotListening(cause.code, host, port), { cause }));
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function whyNotListening(code: string | undefined, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken; give another with --port.`;
    case 'EACCES':
      return `Port ${port} needs more rights than this user has; give one above 1023 with --port.`;
    default:
      return `Cannot listen on ${host} (${code ?? 'unknown'}); give an address of this machine with --host.`;
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close((error) => {
      clearTimeout(impatient);
      if (error === undefined) resolve();
      else reject(error);
    });
    server.closeIdleConnections();
  });
}
