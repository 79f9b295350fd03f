import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { Hono } from 'hono';
import { expect } from 'vitest';
import * as z from 'zod';
import type { ParameterDocument, ParameterSchema } from '../../src/api/parameter-set.ts';
import type { Route } from '../../src/api/route.ts';

const answerShape = z.object({
  content: z.record(z.string(), z.object({ schema: z.object({ $ref: z.string() }) })),
  headers: z.record(z.string(), z.unknown()).optional(),
});
const documentShape = z.object({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), answerShape) })),
  ),
});

const JSON_TYPE = { 'content-type': 'application/json' };

/** The OpenAPI document that an API answers, and a way to ask the API that checks every answer against it. */
export async function documentedAnswers(app: Hono) {
  const document: unknown = await (await app.request('/v1/openapi.json')).json();
  const { openapi, paths } = documentShape.parse(document);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // ajv-formats is CommonJS whose default export the compiler sees as a namespace.
  addFormats.default(ajv);
  ajv.addSchema(z.record(z.string(), z.unknown()).parse(document), 'openapi');

  /** Asks, and checks that the status, the media type, the headers and the body are as the document says. */
  async function ask(route: Route, url: string, sent?: unknown): Promise<{ status: number; body: unknown }> {
    const init = sent === undefined ? {} : { body: JSON.stringify(sent), headers: JSON_TYPE };
    const answer = await app.request(url, { method: route.method, ...init });
    const documented = paths[route.path]?.[route.method.toLowerCase()]?.responses[answer.status];
    expect(documented, `${answer.status} of ${url}`).toBeDefined();
    const mediaType = answer.headers.get('content-type') ?? '';
    const schema = documented?.content[mediaType]?.schema;
    expect(schema, `${mediaType} of ${url}`).toBeDefined();
    for (const header of Object.keys(documented?.headers ?? {}))
      expect(answer.headers.get(header), header).not.toBeNull();
    const body: unknown = await answer.json();
    const isValid = ajv.compile({ $ref: `openapi${schema?.$ref}` });
    expect(isValid(body) ? [] : isValid.errors).toEqual([]);
    return { status: answer.status, body };
  }

  return { document, openapi, paths, ajv, ask };
}

/** A path with its parameters. */
export function urlOf(route: Route, values: ReadonlyMap<ParameterDocument, readonly string[]>): string {
  let path = route.path;
  const query = new URLSearchParams();
  for (const [parameter, texts] of values) {
    if (parameter.in === 'path')
      path = path.replace(`{${parameter.name}}`, encodeURIComponent(texts[0] ?? ''));
    else if (parameter.explode === false) query.set(parameter.name, texts.join(','));
    else for (const text of texts) query.append(parameter.name, text);
  }
  return `${path}?${query}`;
}

/** No path has a segment `.` or `..`: URLs are made without them (URL Standard, "path state"), also escaped ones. */
export function canStandIn(parameter: ParameterDocument): (texts: readonly string[]) => boolean {
  return (texts) => parameter.in !== 'path' || !texts.some((text) => text === '.' || text === '..');
}

/** Values that the schema of a parameter allows, as they are written in a URL. */
export function allowedBy(ajv: Ajv2020, schema: ParameterSchema): fc.Arbitrary<readonly string[]> {
  if (schema.type !== 'array') return allowedText(ajv, schema).map((text) => [text]);
  const items = allowedText(ajv, schema.items ?? {});
  return fc.array(items, { minLength: Math.max(1, schema.minItems ?? 0), maxLength: 3 });
}

function allowedText(ajv: Ajv2020, schema: ParameterSchema): fc.Arbitrary<string> {
  const { enum: values, minimum, maximum, pattern, oneOf } = schema;
  if (oneOf !== undefined) return fc.oneof(...oneOf.map((one) => allowedText(ajv, one)));
  if (values !== undefined) return fc.constantFrom(...values);
  if (schema.type === 'integer')
    return fc.integer({ min: minimum ?? 0, max: maximum ?? 1000 }).map((number) => String(number));
  const texts =
    pattern === undefined
      ? fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      : fc.stringMatching(new RegExp(pattern));
  const isAllowed = ajv.compile(schema);
  return texts.filter((text) => isAllowed(text));
}
