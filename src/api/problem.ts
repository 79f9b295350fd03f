import * as z from 'zod';
import { ANSWER_HEADERS } from './answer-headers.ts';
import { components } from './components.ts';

/** The closed list of problems. The `type` of a problem is `urn:keytrail:problem:<code>`. */
const PROBLEMS = {
  'bad-parameter': { status: 400, title: 'A parameter has a bad value' },
  'bad-cursor': { status: 400, title: 'The cursor is not one of this question' },
  unauthenticated: { status: 401, title: 'The caller is not known' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'This path does not allow this method' },
  conflict: { status: 409, title: 'The current state does not allow it' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'not-json': { status: 415, title: 'The body of a change must be JSON' },
  'head-too-large': { status: 431, title: 'The request line and headers are too large' },
  'wrong-host': { status: 421, title: 'This server does not have that name' },
  internal: { status: 500, title: 'Keytrail failed' },
  'store-unavailable': { status: 503, title: 'The history cannot be read at the moment' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface Problem {
  readonly code: ProblemCode;
  /** One sentence for a person, without internal details. */
  readonly detail: string;
  /** The parameter at fault. */
  readonly parameter?: string;
  /** Finds the failure in the log. */
  readonly correlationId?: string;
  /** Only for `method-not-allowed`: the methods that the path allows. */
  readonly allow?: readonly string[];
}

/** Seconds after which a client may ask again when the store did not answer. */
const RETRY_AFTER_SECONDS = 5;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export const problemSchema = z
  .object({
    type: z.string().meta({ format: 'uri', description: '`urn:keytrail:problem:` and a code' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What to do, in one sentence'),
    parameter: z.string().optional().describe('The parameter at fault'),
    correlationId: z.string().optional().describe('Finds this failure in the log'),
  })
  .register(components, { id: 'Problem' });

export function problemStatus(code: ProblemCode): number {
  return PROBLEMS[code].status;
}

/** The members of an RFC 9457 problem, in JSON. */
export function problemBody({ code, detail, parameter, correlationId }: Problem): string {
  const { status, title } = PROBLEMS[code];
  return JSON.stringify({
    type: `urn:keytrail:problem:${code}`,
    title,
    status,
    detail,
    parameter,
    correlationId,
  });
}

/** The headers that go with {@link problemBody}. */
export function problemHeaders({ code, allow }: Problem): Record<string, string> {
  return {
    ...ANSWER_HEADERS,
    'Content-Type': PROBLEM_MEDIA_TYPE,
    ...(code === 'unauthenticated' ? { 'WWW-Authenticate': 'Bearer realm="keytrail"' } : {}),
    ...(code === 'store-unavailable' ? { 'Retry-After': String(RETRY_AFTER_SECONDS) } : {}),
    ...(allow === undefined ? {} : { Allow: allow.join(', ') }),
  };
}

export function problemResponse(problem: Problem): Response {
  return new Response(problemBody(problem), {
    status: problemStatus(problem.code),
    headers: problemHeaders(problem),
  });
}
