import * as z from 'zod';
import type { ExpectationQuestions } from '../alerts/detect/expectation-questions.ts';
import type { AlertQuestions } from '../alerts/store/alert-questions.ts';
import { faultsText, pathText } from '../expectations/fault.ts';
import { faultsOfIssues } from '../expectations/schema-faults.ts';
import type { HistoryQuestions } from '../history/query/questions.ts';
import type { GivenValues, ParameterDocument, ParameterSet } from './parameter-set.ts';

/** `usage:details`: what of a row may be masked from other readers; no route needs it. */
export const SCOPES = ['usage:read', 'usage:details', 'alerts:write', 'expectations:write'] as const;

type Scope = (typeof SCOPES)[number];

/** Who asks, as verified by whoever stands before the API. */
export interface Caller {
  /** How people know them, which some issuers let them choose. */
  readonly name?: string;
  /** Who it is for the issuer that vouched for them: the claims `iss` and `sub`. */
  readonly subject?: string;
  readonly scopes: readonly Scope[];
}

export interface RouteContext {
  readonly questions: HistoryQuestions;
  readonly alerts: AlertQuestions;
  readonly expectations: ExpectationQuestions;
  /** Whether rows are masked for who asks: what would tell of their details otherwise is to be refused. */
  readonly isMasked: boolean;
  readonly openApiDocument: () => object;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** One request, as a route is told of it. */
interface Asked {
  readonly given: GivenValues;
  /** Of a change its body, out of JSON. */
  readonly body: unknown;
  /** Who asks, as changes are kept under. */
  readonly by: string;
}

type RouteResult =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'bad-parameter'; readonly parameter: string; readonly reason: string }
  | { readonly kind: 'bad-body'; readonly parameter: string; readonly detail: string }
  | { readonly kind: 'not-found'; readonly detail: string };

/** One entry of the routes table: what the router, the OpenAPI document and the contract tests are made of. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in OpenAPI. A parameter at its end takes slashes too, encoded or not. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** What the caller must hold; a route without one is open. */
  readonly scope?: Scope;
  readonly parameters: readonly ParameterDocument[];
  /** What a change is sent as; absent where it needs nothing said. */
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  readonly answerDescription: string;
  /** When it answers 404, as a sentence; absent where it never does. */
  readonly notFound?: string;
  /** When it answers 409, as a sentence; absent where it never does. */
  readonly conflict?: string;
  /** True where it asks the store, and so may answer 503. */
  readonly asksStore: boolean;
  respond(asked: Asked, context: RouteContext): Promise<RouteResult>;
}

interface RouteDeclaration<P> extends Omit<Route, 'parameters' | 'respond' | 'method' | 'body'> {
  readonly parameters: ParameterSet<P>;
  /** Undefined is the 404 that `notFound` describes. */
  handle(values: P, context: RouteContext): Promise<unknown>;
}

/** A GET route: parameters are read before `handle`, and what it gives is parsed out through `answer`. */
export function get<P>({ handle, ...declared }: RouteDeclaration<P>): Route {
  return change('GET', { ...declared, handle: (values, _body, _by, context) => handle(values, context) });
}

interface ChangeDeclaration<P, B> extends Omit<Route, 'parameters' | 'respond' | 'method' | 'body'> {
  readonly parameters: ParameterSet<P>;
  readonly body?: z.ZodType<B>;
  /** Undefined is the 404 that `notFound` describes. */
  handle(values: P, body: B, by: string, context: RouteContext): Promise<unknown>;
}

/** A route that changes something: parameters and body are read before `handle`. */
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
  // A route without a body is declared with none: its handler is given what it does not ask for.
  const parsed = (schema ?? z.custom<B>(() => true)).safeParse(body);
  if (parsed.success) return { kind: 'good', value: parsed.data };
  const faults = faultsOfIssues(parsed.error.issues, body, 'the body');
  return {
    kind: 'bad-body',
    parameter: pathText(faults[0]?.path ?? []) || 'body',
    detail: faultsText(faults),
  };
}
