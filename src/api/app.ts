import { type Context, Hono } from 'hono';
import type { ExpectationQuestions } from '../alerts/detect/expectation-questions.ts';
import type { AlertQuestions } from '../alerts/store/alert-questions.ts';
import type { HistoryQuestions } from '../history/query/questions.ts';
import type { SealQuestions } from '../proof/seal-questions.ts';
import { closestOf } from '../text/closest-names.ts';
import { parseJson } from '../text/parse-json.ts';
import { type Access, accessOf } from './access.ts';
import { ANSWER_HEADERS } from './answer-headers.ts';
import { problemOfFailure } from './failures.ts';
import { withMaskedDetails } from './mask-details.ts';
import { openApiDocument } from './openapi.ts';
import { LONGEST_ID } from './parameter-kinds.ts';
import type { GivenValues } from './parameter-set.ts';
import { type Problem, problemResponse } from './problem.ts';
import type { Caller, Route, RouteContext } from './route.ts';
import { ROUTES } from './routes.ts';

/** The body of a change is an expectation or a reason, which are far smaller. */
const MAX_BODY_LENGTH = 1024 * 1024;

export interface ApiParts {
  readonly questions: HistoryQuestions;
  readonly alerts: AlertQuestions;
  readonly expectations: ExpectationQuestions;
  readonly seals: SealQuestions;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The author of changes when callers are not verified: who runs the server. */
  readonly operator?: string;
  /** A fresh UUID, for the correlation id of a failure. */
  readonly randomUuid: () => string;
  /** Called with every failure that an answer hides. */
  readonly reportFailure: (error: unknown, correlationId: string) => void;
  /**
   * The caller of a request; undefined for an unknown one. `bindings` is what the host passes to `fetch` with the request:
   * in Lambda the event, with the claims that API Gateway verified. When absent, everybody may ask.
   */
  readonly authorize?: (
    request: Request,
    bindings: unknown,
  ) => Caller | undefined | Promise<Caller | undefined>;
  /** Whether details of rows are masked for callers without the scope `usage:details`. */
  readonly isMasking?: boolean;
  /**
   * Records a question. No answer is given unless this succeeds. When absent, questions are not recorded.
   */
  readonly recordAccess?: (access: Access) => Promise<void>;
}

/**
 * The API over a history, as a hono app. Every answer is JSON; a failure is an RFC 9457 problem. The app answers every
 * path, so a server with other paths must ask it last.
 */
export function createApi(parts: ApiParts): Hono {
  let document: object | undefined;
  const shown: RouteContext = {
    isMasked: false,
    questions: parts.questions,
    alerts: parts.alerts,
    expectations: parts.expectations,
    seals: parts.seals,
    now: parts.now,
    openApiDocument() {
      document ??= openApiDocument(ROUTES);
      return document;
    },
  };
  const contexts = {
    shown,
    masked: { ...shown, isMasked: true, questions: withMaskedDetails(parts.questions) },
  };
  const app = new Hono();
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const routes = ROUTES.filter((route) => route.path === path);
    for (const route of routes)
      app.on(route.method, routerPath(path), (c) => answer(route, c, contexts, parts));
    app.all(routerPath(path), () => methodNotAllowed(routes));
  }
  app.notFound(() =>
    problemResponse({ code: 'not-found', detail: 'There is no such path; /v1/openapi.json lists them.' }),
  );
  return app;
}

/** The history that routes ask: as it is, or masked. */
type Contexts = Readonly<Record<'shown' | 'masked', RouteContext>>;

async function answer(route: Route, c: Context, contexts: Contexts, parts: ApiParts): Promise<Response> {
  try {
    const caller = await callerOf(route, c, parts);
    const refused = refusal(caller, route, parts);
    const isMasked = parts.isMasking === true && caller?.scopes.includes('usage:details') !== true;
    const context = isMasked ? contexts.masked : contexts.shown;
    const { response, body } =
      refused === undefined
        ? await answerTo(route, c, context, caller, parts)
        : { response: problemResponse(refused), body: undefined };
    if (route.scope !== undefined) {
      const kept = parts.recordAccess?.(accessOf(c.req.raw, caller, response.status, body, isMasked));
      // A refusal shows nothing, so it is answered also when it could not be recorded.
      await (refused === undefined ? kept : kept?.catch((error: unknown) => problemOfFailure(error, parts)));
    }
    return response;
  } catch (error) {
    return problemResponse(problemOfFailure(error, parts));
  }
}

/** As nginx calls it: nobody is there to read it. */
const CLIENT_GONE = 499;

interface Answered {
  readonly response: Response;
  /** The parsed answer, unless it is a problem. */
  readonly body?: unknown;
}

async function answerTo(
  route: Route,
  c: Context,
  context: RouteContext,
  caller: Caller | undefined,
  parts: ApiParts,
): Promise<Answered> {
  try {
    const sent = route.method === 'GET' ? { body: undefined } : await bodyOf(route, c.req.raw);
    if ('problem' in sent) return { response: problemResponse(sent.problem) };
    if (Object.values(c.req.param()).some((id) => id.length > LONGEST_ID))
      return { response: problemResponse({ code: 'not-found', detail: 'No id is that long.' }) };
    const unknown = unknownParameter(route, c);
    if (unknown !== undefined) return { response: problemResponse(unknown) };
    const by = nameOf(caller) ?? parts.operator ?? 'unknown';
    const questions = context.questions.until(c.req.raw.signal);
    const asked = { given: givenValues(c), body: sent.body, by };
    return answered(await route.respond(asked, { ...context, questions }));
  } catch (error) {
    if (c.req.raw.signal.aborted) return { response: new Response(null, { status: CLIENT_GONE }) };
    return { response: problemResponse(problemOfFailure(error, parts)) };
  }
}

function answered(result: Awaited<ReturnType<Route['respond']>>): Answered {
  switch (result.kind) {
    case 'answer': {
      const headers = { ...ANSWER_HEADERS, 'Content-Type': 'application/json' };
      return { response: new Response(JSON.stringify(result.body), { headers }), body: result.body };
    }
    case 'bad-parameter': {
      const { parameter, reason } = result;
      const detail = `${parameter} ${reason}.`;
      return { response: problemResponse({ code: 'bad-parameter', detail, parameter }) };
    }
    case 'bad-body': {
      const { parameter, detail } = result;
      return { response: problemResponse({ code: 'bad-parameter', detail, parameter }) };
    }
    case 'not-found':
      return { response: problemResponse({ code: 'not-found', detail: result.detail }) };
    default:
      return result satisfies never;
  }
}

/** Reads the body of a change. A page of another origin cannot send JSON without a CORS preflight, which is refused. */
async function bodyOf(
  route: Route,
  request: Request,
): Promise<{ readonly body: unknown } | { readonly problem: Problem }> {
  if (route.body === undefined) return { body: undefined };
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    return {
      problem: { code: 'not-json', detail: 'Send the change with Content-Type: application/json.' },
    };
  const text = await request.text();
  if (text.length > MAX_BODY_LENGTH)
    return {
      problem: { code: 'body-too-large', detail: `A body may have at most ${MAX_BODY_LENGTH} characters.` },
    };
  if (nestingOf(text) > MOST_NESTING)
    return {
      problem: {
        code: 'bad-parameter',
        detail: `The body is nested more than ${MOST_NESTING} deep.`,
        parameter: 'body',
      },
    };
  try {
    return { body: parseJson(text) };
  } catch {
    return { problem: { code: 'bad-parameter', detail: 'The body is not JSON.', parameter: 'body' } };
  }
}

/** An expectation is nested five deep. */
const MOST_NESTING = 50;

/** How deep the brackets of a text of JSON are nested. */
function nestingOf(text: string): number {
  let deepest = 0;
  let depth = 0;
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (mark === '[' || mark === '{') deepest = Math.max(deepest, ++depth);
    else if (mark === ']' || mark === '}') depth--;
  }
  return deepest;
}

/** How stored changes name the caller: the display name and, since some issuers let callers choose it, the subject. */
function nameOf(caller: Caller | undefined): string | undefined {
  if (caller?.name === undefined) return caller?.subject;
  return caller.subject === undefined || caller.subject.endsWith(caller.name)
    ? (caller.subject ?? caller.name)
    : `${caller.name} (${caller.subject})`;
}

async function callerOf(route: Route, c: Context, { authorize }: ApiParts): Promise<Caller | undefined> {
  return route.scope === undefined ? undefined : authorize?.(c.req.raw, c.env);
}

function refusal(caller: Caller | undefined, route: Route, { authorize }: ApiParts): Problem | undefined {
  if (route.scope === undefined || authorize === undefined) return undefined;
  if (caller === undefined)
    return { code: 'unauthenticated', detail: 'Send a token that this API knows, as Authorization: Bearer.' };
  if (caller.scopes.includes(route.scope)) return undefined;
  return { code: 'forbidden', detail: `This needs the scope ${route.scope}.` };
}

/** A misspelt filter would be no filter, and the answer would be about something else. */
function unknownParameter({ scope, parameters }: Route, c: Context): Problem | undefined {
  // Whoever asks whether the server lives may add what he likes.
  if (scope === undefined) return undefined;
  const known = parameters.filter((document) => document.in === 'query').map(({ name }) => name);
  for (const name of new URL(c.req.url).searchParams.keys()) {
    if (known.includes(name)) continue;
    const nearest = closestOf(name, known);
    const others = known.length === 0 ? 'It takes none.' : `It takes ${known.join(', ')}.`;
    const remedy = nearest === undefined ? others : `Did you mean ${nearest}?`;
    const parameter = shortened(name);
    return {
      code: 'bad-parameter',
      detail: `${parameter} is no parameter of this path. ${remedy}`,
      parameter,
    };
  }
  return undefined;
}

/** The longest name of a caller's that an answer repeats. */
const LONGEST_REPEATED = 100;

function shortened(text: string): string {
  return text.length <= LONGEST_REPEATED ? text : `${text.slice(0, LONGEST_REPEATED)}…`;
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
    detail: `This path allows ${allow.join(', ')}.`,
    allow,
  });
}

/** An OpenAPI path in hono's form. A parameter at the end matches the rest of the path, slashes and line ends included. */
function routerPath(path: string): string {
  return path.replace(/\{(\w+)\}$/, ':$1{[\\s\\S]+}').replace(/\{(\w+)\}(?=\/)/g, ':$1');
}
