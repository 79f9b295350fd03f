import { type Context, Hono } from 'hono';
import type { HistoryQuestions } from '../history/questions.ts';
import { ANSWER_HEADERS } from './answer-headers.ts';
import { problemOfFailure } from './failures.ts';
import { openApiDocument } from './openapi.ts';
import type { GivenValues } from './parameter-set.ts';
import { type Problem, problemResponse } from './problem.ts';
import type { Caller, Route, RouteContext } from './route.ts';
import { ROUTES } from './routes.ts';

export interface ApiParts {
  readonly questions: HistoryQuestions;
  /** A fresh UUID, for the correlation id of a failure. */
  readonly randomUuid: () => string;
  /** Told of every failure that an answer hides. */
  readonly reportFailure: (error: unknown, correlationId: string) => void;
  /**
   * Who asks; undefined for a caller that is not known. `bindings` is what the host hands to `fetch` beside
   * the request (in Lambda the event, with the claims that API Gateway verified). Absent: everyone may.
   */
  readonly authorize?: (
    request: Request,
    bindings: unknown,
  ) => Caller | undefined | Promise<Caller | undefined>;
}

/**
 * The API over a history, as a hono app. Every answer is JSON, a failure an RFC 9457 problem. It answers each
 * path it is given: whoever serves other paths too asks it last.
 */
export function createApi(parts: ApiParts): Hono {
  let document: object | undefined;
  const context: RouteContext = {
    questions: parts.questions,
    openApiDocument() {
      document ??= openApiDocument(ROUTES);
      return document;
    },
  };
  const app = new Hono();
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const routes = ROUTES.filter((route) => route.path === path);
    for (const route of routes)
      app.on(route.method, routerPath(path), (c) => answer(route, c, context, parts));
    app.all(routerPath(path), () => methodNotAllowed(routes));
  }
  app.notFound(() =>
    problemResponse({ code: 'not-found', detail: 'There is no such path; /v1/openapi.json lists them.' }),
  );
  return app;
}

async function answer(route: Route, c: Context, context: RouteContext, parts: ApiParts): Promise<Response> {
  try {
    const refused = await refusal(route, c, parts);
    if (refused !== undefined) return problemResponse(refused);
    const result = await route.respond(givenValues(c), context);
    switch (result.kind) {
      case 'answer':
        return new Response(JSON.stringify(result.body), {
          headers: { ...ANSWER_HEADERS, 'Content-Type': 'application/json' },
        });
      case 'bad-parameter': {
        const { parameter, reason } = result;
        return problemResponse({ code: 'bad-parameter', detail: `${parameter} ${reason}.`, parameter });
      }
      case 'not-found':
        return problemResponse({ code: 'not-found', detail: result.detail });
      default:
        return result satisfies never;
    }
  } catch (error) {
    return problemResponse(problemOfFailure(error, parts));
  }
}

async function refusal(route: Route, c: Context, { authorize }: ApiParts): Promise<Problem | undefined> {
  if (route.scope === undefined || authorize === undefined) return undefined;
  const caller = await authorize(c.req.raw, c.env);
  if (caller === undefined)
    return { code: 'unauthenticated', detail: 'Send a token that this API knows, as Authorization: Bearer.' };
  if (caller.scopes.includes(route.scope)) return undefined;
  return { code: 'forbidden', detail: `This needs the scope ${route.scope}.` };
}

function givenValues(c: Context): GivenValues {
  const query = new URL(c.req.url).searchParams;
  return (name, where) => {
    if (where === 'query') return query.getAll(name);
    const value = c.req.param(name);
    return value === undefined ? [] : [value];
  };
}

function methodNotAllowed(routes: readonly Route[]): Response {
  const methods = routes.map((route) => route.method);
  const allow = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  return problemResponse({
    code: 'method-not-allowed',
    detail: `This path takes ${allow.join(', ')}.`,
    allow,
  });
}

/** hono's form of an OpenAPI path; a parameter at the end takes the rest, slashes and line ends too. */
function routerPath(path: string): string {
  return path.replace(/\{(\w+)\}$/, ':$1{[\\s\\S]+}').replace(/\{(\w+)\}(?=\/)/g, ':$1');
}
