import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Problem } from '../problem.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** Listening on one of these, a server is reached under whatever names its machine has. */
const ANY_ADDRESS = ['0.0.0.0', '::', '[::]'];
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** What an orchestrator asks without a token. */
const OPEN_PATHS = ['/healthz'];

export interface GuardPolicy {
  /** The address listened on, as it was given. */
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly maxBodyBytes: number;
}

export function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Why a request is not let through to the app, or undefined. A browser on this machine can be made to send
 * requests here by any page it shows: `Host` tells a page that rebound its own name to this address, `Origin`
 * one of another origin, and a body that is not JSON one that sent a form.
 */
export function refusalOf(request: IncomingMessage, policy: GuardPolicy): Problem | undefined {
  const { headers, method = '' } = request;
  if (!METHODS.includes(method))
    return { code: 'method-not-allowed', detail: `This server takes ${METHODS.join(', ')}.`, allow: METHODS };
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

/** A URL's form of an address. */
export function urlHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function isOurHost(header: string | undefined, { host, port, token }: GuardPolicy): boolean {
  if (header === undefined) return false;
  // No rebound page holds the token, and which names the machine has is not known here.
  if (ANY_ADDRESS.includes(host)) return token !== undefined;
  const names = [urlHost(host).toLowerCase(), ...(isLoopback(host) ? LOOPBACK_NAMES : [])];
  const given = header.toLowerCase();
  return names.some((name) => given === `${name}:${port}` || (port === 80 && given === name));
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin) || host === undefined) return false;
  const { protocol, host: originHost } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  // Parsed alike, so that a default port is left out of both.
  return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === originHost;
}

function isOpen({ url = '' }: IncomingMessage): boolean {
  return OPEN_PATHS.includes(url.split('?', 1)[0] ?? '');
}

function bearsToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
  // Digests are of one length, so the comparison tells nothing of the token's.
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
