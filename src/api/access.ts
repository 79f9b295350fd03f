import type { Caller } from './route.ts';

/** One question, its caller and the result. */
export interface Access {
  /** The verified caller; absent when there was none. */
  readonly principal?: string;
  /** The caller as the issuer names it; a caller cannot choose it. */
  readonly subject?: string;
  readonly scopes: Caller['scopes'];
  readonly method: string;
  readonly path: string;
  /** The query string as sent, without its question mark. */
  readonly query: string;
  readonly status: number;
  /** The number of rows, groups, keys or jobs in the answer. */
  readonly rows: number;
  /** Set when the answer was masked. */
  readonly details?: 'masked';
}

/** The longest text of a question that is stored: callers choose its content. */
const MAX_TEXT = 4_096;

export function accessOf(
  request: Request,
  caller: Caller | undefined,
  status: number,
  body: unknown,
  isMasked: boolean,
): Access {
  const { pathname, search } = new URL(request.url);
  return {
    ...(caller?.name === undefined ? {} : { principal: caller.name.slice(0, MAX_TEXT) }),
    ...(caller?.subject === undefined ? {} : { subject: caller.subject.slice(0, MAX_TEXT) }),
    scopes: caller?.scopes ?? [],
    method: request.method,
    path: pathname.slice(0, MAX_TEXT),
    query: search.slice(1, MAX_TEXT + 1),
    status,
    rows: rowsIn(body),
    ...(isMasked ? { details: 'masked' } : {}),
  };
}

/** A list answers `items`, a summary `groups`; any other answer is a single thing. */
function rowsIn(body: unknown): number {
  if (typeof body !== 'object' || body === null) return 0;
  const list: unknown = Reflect.get(body, 'items') ?? Reflect.get(body, 'groups');
  return Array.isArray(list) ? list.length : 1;
}
