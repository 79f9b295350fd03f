import * as z from 'zod';
import { components } from './components.ts';
import { PROBLEM_MEDIA_TYPE, type ProblemCode, problemSchema, problemStatus } from './problem.ts';
import type { Route } from './route.ts';

const SCHEMAS = '#/components/schemas/';

/** What the OpenAPI document says about each problem. */
const PROBLEM_DESCRIPTIONS: Readonly<Record<ProblemCode, string>> = {
  'bad-parameter': 'A parameter has a bad value; the problem names it.',
  'bad-cursor': 'The cursor is not one of this question.',
  unauthenticated: 'The caller is not known: the token is missing or wrong.',
  forbidden: 'The caller lacks the scope, or the request comes from a page of another origin.',
  'not-found': 'There is no such thing.',
  'method-not-allowed': 'The path does not allow this method.',
  conflict: 'The current state does not allow it; the problem says why.',
  'body-too-large': 'The body is too large.',
  'not-json': 'The body of a change must be JSON.',
  'head-too-large': 'The URL and the headers together are too large.',
  'wrong-host': 'The server does not have the name in `Host`.',
  internal: 'Keytrail failed; `correlationId` finds the failure in its log.',
  'store-unavailable': 'The store did not answer; try again after `Retry-After` seconds.',
};

const PROBLEM_RESPONSE_HEADERS: { readonly [C in ProblemCode]?: object } = {
  unauthenticated: { 'WWW-Authenticate': { schema: { type: 'string' } } },
  'store-unavailable': { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds' } },
};

/** The OpenAPI 3.1 document of a routes table. */
export function openApiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    paths[route.path] = path;
    path[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keytrail',
      version: '1',
      description:
        'An exact history of how KMS keys are used. Times are UTC. A repeated filter is OR, different filters are AND, an unknown parameter is a bad one.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: Route): object {
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    // A server on loopback needs no token, so an empty requirement is one of the choices.
    security: route.scope === undefined ? [] : [{ token: [route.scope] }, {}],
    parameters: route.parameters,
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: { $ref: SCHEMAS + componentName(route.body) },
                ...(route.bodyExample === undefined ? {} : { example: route.bodyExample }),
              },
            },
          },
        }),
    responses: {
      200: {
        description: route.answerDescription,
        content: { 'application/json': { schema: { $ref: SCHEMAS + componentName(route.answer) } } },
      },
      ...Object.fromEntries(problemsOf(route).map((code) => [problemStatus(code), problemAnswer(code)])),
    },
  };
}

/** Problems of every route, which the local server or an authorizer in front of it may answer. */
function problemsOf(route: Route): readonly ProblemCode[] {
  return [
    ...(route.parameters.length > 0 || route.body !== undefined ? (['bad-parameter'] as const) : []),
    'unauthenticated',
    'forbidden',
    // Whatever a path names, no id is longer than `LONGEST_ID`.
    ...(route.parameters.some((each) => each.in === 'path') ? (['not-found'] as const) : []),
    ...(route.conflict === undefined ? [] : (['conflict'] as const)),
    ...(route.body === undefined ? [] : (['body-too-large', 'not-json'] as const)),
    'wrong-host',
    'head-too-large',
    'internal',
    ...(route.asksStore ? (['store-unavailable'] as const) : []),
  ];
}

function problemAnswer(code: ProblemCode): object {
  const headers = PROBLEM_RESPONSE_HEADERS[code];
  return {
    description: PROBLEM_DESCRIPTIONS[code],
    ...(headers === undefined ? {} : { headers }),
    content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: SCHEMAS + componentName(problemSchema) } } },
  };
}

function componentName(schema: z.ZodType): string {
  const entry = components.get(schema);
  if (entry === undefined) throw new Error('A schema of the routes table is not among the components.');
  return entry.id;
}

function componentSchemas(): object {
  const { schemas } = z.toJSONSchema(components, { uri: (id) => SCHEMAS + id, unrepresentable: 'any' });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]),
  );
}
