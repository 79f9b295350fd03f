import type * as z from 'zod';
import type { HistoryQuestions } from '../history/questions.ts';
import type { GivenValues, ParameterDocument, ParameterSet } from './parameter-set.ts';

type Scope = 'usage:read' | 'alerts:write' | 'expectations:write';

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
  readonly openApiDocument: () => object;
}

type RouteResult =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'bad-parameter'; readonly parameter: string; readonly reason: string }
  | { readonly kind: 'not-found'; readonly detail: string };

/** One entry of the routes table: what the router, the OpenAPI document and the contract tests are made of. */
export interface Route {
  readonly method: 'GET';
  /** As in OpenAPI. A parameter at its end takes slashes too, encoded or not. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** What the caller must hold; a route without one is open. */
  readonly scope?: Scope;
  readonly parameters: readonly ParameterDocument[];
  readonly answer: z.ZodType;
  readonly answerDescription: string;
  /** When it answers 404, as a sentence; absent where it never does. */
  readonly notFound?: string;
  /** True where it asks the store, and so may answer 503. */
  readonly asksStore: boolean;
  respond(given: GivenValues, context: RouteContext): Promise<RouteResult>;
}

interface RouteDeclaration<P> extends Omit<Route, 'parameters' | 'respond' | 'method'> {
  readonly parameters: ParameterSet<P>;
  /** Undefined is the 404 that `notFound` describes. */
  handle(values: P, context: RouteContext): Promise<unknown>;
}

/** A GET route: parameters are read before `handle`, and what it gives is parsed out through `answer`. */
export function get<P>({ parameters, handle, ...declared }: RouteDeclaration<P>): Route {
  return {
    ...declared,
    method: 'GET',
    parameters: parameters.documents,
    async respond(given, context) {
      const reading = parameters.read(given);
      if (reading.kind === 'bad') return { ...reading, kind: 'bad-parameter' };
      const found = await handle(reading.value, context);
      if (found === undefined && declared.notFound !== undefined)
        return { kind: 'not-found', detail: declared.notFound };
      return { kind: 'answer', body: declared.answer.parse(found) };
    },
  };
}
