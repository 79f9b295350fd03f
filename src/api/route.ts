import * as z from 'zod';
import type { ExpectationQuestions } from '../alerts/detect/expectation-questions.ts';
import type { AlertQuestions } from '../alerts/store/alert-questions.ts';
import { faultsText, pathText } from '../expectations/fault.ts';
import { faultsOfIssues } from '../expectations/schema-faults.ts';
import type { HistoryQuestions } from '../history/query/questions.ts';
import type { SealQuestions } from '../proof/seal-questions.ts';
import type { GivenValues, ParameterDocument, ParameterSet } from './parameter-set.ts';

/** No route needs `usage:details`: without it, details of rows may be masked. */
export const SCOPES = ['usage:read', 'usage:details', 'alerts:write', 'expectations:write'] as const;

type Scope = (typeof SCOPES)[number];

/** A caller, verified by the server in front of the API. */
export interface Caller {
  /** A display name. Some issuers let callers choose it. */
  readonly name?: string;
  /** The claims `iss` and `sub`: the issuer, and its own name for the caller. */
  readonly subject?: string;
  readonly scopes: readonly Scope[];
}

export interface RouteContext {
  readonly questions: HistoryQuestions;
  readonly alerts: AlertQuestions;
  readonly expectations: ExpectationQuestions;
  readonly seals: SealQuestions;
  /** Whether rows are masked for the caller. A route must refuse what would reveal masked details otherwise. */
  readonly isMasked: boolean;
  readonly openApiDocument: () => object;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** One request, as a route gets it. */
interface Asked {
  readonly given: GivenValues;
  /** The parsed JSON body of a change. */
  readonly body: unknown;
  /** The caller's name in stored changes. */
  readonly by: string;
}

type RouteResult =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'bad-parameter'; readonly parameter: string; readonly reason: string }
  | { readonly kind: 'bad-body'; readonly parameter: string; readonly detail: string }
  | { readonly kind: 'not-found'; readonly detail: string };

/** One entry of the routes table, which makes the router, the OpenAPI document and the contract tests. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in OpenAPI. A parameter at the end also matches slashes, encoded or not. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** The scope that the caller needs; a route without one is open. */
  readonly scope?: Scope;
  readonly parameters: readonly ParameterDocument[];
  /** The schema of the body; absent when the route has none. */
  readonly body?: z.ZodType;
  /** A body that the schema allows, for the document. */
  readonly bodyExample?: object;
  readonly answer: z.ZodType;
  readonly answerDescription: string;
  /** A sentence on when it answers 404; absent when it never does. */
  readonly notFound?: string;
  /** A sentence on when it answers 409; absent when it never does. */
  readonly conflict?: string;
  /** Whether it reads the store, and so may answer 503. */
  readonly asksStore: boolean;
  respond(asked: Asked, context: RouteContext): Promise<RouteResult>;
}

interface RouteDeclaration<P> extends Omit<Route, 'parameters' | 'respond' | 'method' | 'body'> {
  readonly parameters: ParameterSet<P>;
  /** Undefined is the 404 that `notFound` describes. */
  handle(values: P, context: RouteContext): Promise<unknown>;
}

/** A GET route. Parameters are parsed before `handle`, and its result is parsed out through `answer`. */
export function get<P>({ handle, ...declared }: RouteDeclaration<P>): Route {
  return change('GET', { ...declared, handle: (values, _body, _by, context) => handle(values, context) });
}

interface ChangeDeclaration<P, B> extends Omit<Route, 'parameters' | 'respond' | 'method' | 'body'> {
  readonly parameters: ParameterSet<P>;
  readonly body?: z.ZodType<B>;
  /** Undefined is the 404 that `notFound` describes. */
  handle(values: P, body: B, by: string, context: RouteContext): Promise<unknown>;
}

/** A route that changes something. Parameters and body are parsed before `handle`. */
export function change<P, B>(
  method: Route['method'],
  { parameters, handle, ...declared }: ChangeDeclaration<P, B>,
): Route {
  return {
    ...declared,
    method,
    parameters: parameters.documents,
    async respond({ given, body, by }, context) {
      const reading = parameters.read(given);
      if (reading.kind === 'bad') return { ...reading, kind: 'bad-parameter' };
      const read = readBody(declared.body, body);
      if (read.kind === 'bad-body') return read;
      const found = await handle(reading.value, read.value, by, context);
      if (found === undefined && declared.notFound !== undefined)
        return { kind: 'not-found', detail: declared.notFound };
      return { kind: 'answer', body: declared.answer.parse(found) };
    },
  };
}

type BodyRead<B> = { readonly kind: 'good'; readonly value: B } | Extract<RouteResult, { kind: 'bad-body' }>;

function readBody<B>(schema: z.ZodType<B> | undefined, body: unknown): BodyRead<B> {
  // The handler of a route without a body ignores the parsed body.
  const parsed = (schema ?? z.custom<B>(() => true)).safeParse(body);
  if (parsed.success) return { kind: 'good', value: parsed.data };
  const faults = faultsOfIssues(parsed.error.issues, body, 'the body');
  return {
    kind: 'bad-body',
    parameter: pathText(faults[0]?.path ?? []) || 'body',
    detail: faultsText(faults),
  };
}
