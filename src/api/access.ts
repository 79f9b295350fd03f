import type { Caller } from './route.ts';

/** One question and what became of it: who looked at what. */
export interface Access {
  /** As verified; absent where nobody was. */
  readonly principal?: string;
  /** The same for the issuer, which nobody chooses. */
  readonly subject?: string;
  readonly scopes: Caller['scopes'];
  readonly method: string;
  readonly path: string;
  /** As it was sent, without its question mark. */
  readonly query: string;
  readonly status: number;
  /** How many rows, groups, keys or jobs were in the answer. */
  readonly rows: number;
  /** Present where what could be answered was masked. */
  readonly details?: 'masked';
}

/** Longest text of a question that is kept: whoever asks decides what is in it. */
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

/** A list answers `items`, a summary `groups`; anything else that answers is one. */
function rowsIn(body: unknown): number {
  if (typeof body !== 'object' || body === null) return 0;
  const list: unknown = Reflect.get(body, 'items') ?? Reflect.get(body, 'groups');
  return Array.isArray(list) ? list.length : 1;
}
