import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Problem } from '../problem.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** A server that listens on one of these is reached under any name of its machine. */
const ANY_ADDRESS = ['0.0.0.0', '::', '[::]'];
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Paths that an orchestrator asks without a token. */
const OPEN_PATHS = ['/healthz'];

export interface GuardPolicy {
  /** The address that the server was asked to listen on. */
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly maxBodyBytes: number;
}

export function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Why a request is refused before it reaches the app, or undefined. Any page in a browser on this machine can make it send
 * requests here. `Host` reveals a page that rebound its own name to this address, `Origin` a page of another origin, and a
 * body that is not JSON a form.
 */
export function refusalOf(request: IncomingMessage, policy: GuardPolicy): Problem | undefined {
  const { headers, method = '' } = request;
  if (!METHODS.includes(method))
    return {
      code: 'method-not-allowed',
      detail: `This server allows ${METHODS.join(', ')}.`,
      allow: METHODS,
    };
  if (!isOurHost(headers.host, policy))
    return {
      code: 'wrong-host',
      detail: `Ask for http://${urlHost(policy.host)}:${policy.port}/ by that name.`,
    };
  if (headers.origin !== undefined && !isSameOrigin(headers.origin, headers.host))
    return { code: 'forbidden', detail: 'Requests from a page of another origin are not answered.' };
  if (policy.token !== undefined && !isOpen(request) && !bearsToken(headers.authorization, policy.token))
    return {
      code: 'unauthenticated',
      detail: 'Send the token this server was started with, as Authorization: Bearer.',
    };
  return bodyRefusal(request, policy.maxBodyBytes);
}

/** An address as URLs write it. */
export function urlHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function isOurHost(header: string | undefined, { host, port, token }: GuardPolicy): boolean {
  if (header === undefined) return false;
  // The machine's names are not known here, and a page that rebound its name has no token.
  if (ANY_ADDRESS.includes(host)) return token !== undefined;
  const names = [urlHost(host).toLowerCase(), ...(isLoopback(host) ? LOOPBACK_NAMES : [])];
  const given = header.toLowerCase();
  return names.some((name) => given === `${name}:${port}` || (port === 80 && given === name));
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin) || host === undefined) return false;
  const { protocol, host: originHost } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  // Both are parsed by URL, so that a default port is left out of both.
  return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === originHost;
}

function isOpen({ url = '' }: IncomingMessage): boolean {
  return OPEN_PATHS.includes(url.split('?', 1)[0] ?? '');
}

function bearsToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
  // Digests have one length, so the comparison reveals nothing about the token's length.
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function bodyRefusal({ headers, method = '' }: IncomingMessage, maxBodyBytes: number): Problem | undefined {
  const bytes = Number(headers['content-length'] ?? 0);
  if (bytes > maxBodyBytes)
    return { code: 'body-too-large', detail: `A body may have at most ${maxBodyBytes} bytes.` };
  const hasBody = bytes > 0 || headers['transfer-encoding'] !== undefined;
  const type = headers['content-type'];
  const changes = method === 'POST' || method === 'PUT' || method === 'PATCH';
  if (changes && (hasBody || type !== undefined) && !/^application\/json\s*(;|$)/i.test(type ?? ''))
    return { code: 'not-json', detail: 'Send the change with Content-Type: application/json.' };
  return undefined;
}
