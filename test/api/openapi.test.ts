import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { acknowledged, resolved } from '../../src/alerts/store/alert-states.ts';
import { changeAlert } from '../../src/alerts/store/alert-store.ts';
import { openApiDocument } from '../../src/api/openapi.ts';
import { LONGEST_ID } from '../../src/api/parameter-kinds.ts';
import type { ParameterDocument, ParameterSchema } from '../../src/api/parameter-set.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { putExpectation, syncExpectations } from '../../src/expectations/expectation-store.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { append } from '../history/delivered-records.ts';
import { aTestSigner } from '../proof/test-signer.ts';
import { anApi, NOW_MS } from './an-api.ts';
import { allowedBy, canStandIn, documentedAnswers, urlOf } from './documented-answers.ts';
import { aRow, JOB, KEY, ROLE, rowsASecondApart } from './fake-history.ts';
import { putAlertOf } from './put-alert-of.ts';

const bodyShape = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        requestBody: z
          .object({
            content: z.object({ 'application/json': z.object({ schema: z.object({ $ref: z.string() }) }) }),
          })
          .optional(),
      }),
    ),
  ),
});

const ROWS = [
  ...rowsASecondApart(30),
  aRow({
    eventId: 'event-full',
    eventTime: '2026-03-01T10:00:00.123Z',
    category: 'grant',
    operation: 'CreateGrant',
    encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::bucket/key' },
    grant: { id: 'g', operations: ['Decrypt'], constraints: { encryptionContextSubset: { a: 'b' } } },
    attribution: {
      status: 'exact',
      jobs: [{ arn: 'job', type: 'training-job', createdTime: '2026-03-01T09:00:00Z', reasons: ['named'] }],
      authorJob: { arn: 'other' },
    },
  }),
];

const { app, history, table } = anApi(ROWS);
const ALERT_ID = await putAlertOf(table);
const RESOLVED_ID = await putAlertOf(table, {
  rule: 'unexpected-grantee',
  subject: { keyRef: 'alias/a', grantee: ROLE, jobArn: JOB, accountId: '1', region: 'us-east-1' },
  evidence: { count: 1, firstMs: 0, lastMs: 0, events: ['e'], details: ['What more the record shows.'] },
});
await changeAlert(
  table,
  RESOLVED_ID,
  (alert) => alert && resolved(acknowledged(alert, 'ana', 'known', NOW_MS, NOW_MS + 1), 'gone', NOW_MS),
);
const AN_EXPECTATION = {
  keys: [KEY],
  principals: [ROLE],
  operations: ['cryptographic'],
  owner: 'the team',
  reason: 'it reads what it trains on',
};
await putExpectation(table, { id: 'standing', ...AN_EXPECTATION }, { by: 'tester', source: 'cli' }, NOW_MS);
await append(table, [aDecrypt()], 'test');
await sealAll(table, 'test', 'test');
await concludeSealing(table, aTestSigner());
const OF_FILE = { id: 'of-file', ...AN_EXPECTATION, keys: ['alias/of-file'] };
await syncExpectations(table, [OF_FILE], 'tester', NOW_MS);

/** What changes are sent as, by their operation. */
const BODIES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  acknowledgeAlert: fc.record({ reason: fc.constant('known') }),
  putExpectation: fc.constant(AN_EXPECTATION),
  previewExpectations: fc.constantFrom(
    { expectations: [] },
    { expectations: [{ id: 'draft', ...AN_EXPECTATION }], from: '2026-03-01' },
  ),
};
const documented = await documentedAnswers(app);
const { document, openapi, paths, ajv, ask: askAsDocumented } = documented;
const allowed = (schema: ParameterSchema) => allowedBy(ajv, schema);

/** Values that it does not allow, by the judgement of an independent validator. */
function forbidden(schema: ParameterSchema): fc.Arbitrary<readonly string[]> {
  const judged = schema.items ?? schema;
  const isAllowed = ajv.compile(judged);
  const asJson = (text: string): unknown =>
    judged.type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;
  return fc
    .oneof(
      fc.constantFrom(
        '',
        '0',
        '-1',
        '1001',
        '1e2',
        'NaN',
        'null',
        '2026-02-30',
        '2026-03-01T24:00:00Z',
        'x'.repeat(5000),
      ),
      fc.string(),
    )
    .filter((text) => !text.includes(',') && !isAllowed(asJson(text)))
    .map((text) => [text]);
}

/** Parameters that may be refused for what no schema of one parameter can say. */
const REFUSED_IN_CONTEXT = ['cursor', 'from', 'to'];

describe.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (_path, route) => {
    const bodies = BODIES[route.operationId] ?? fc.constant(undefined);
    const required = route.parameters.filter((parameter) => parameter.required);
    const optional = route.parameters.filter((parameter) => !parameter.required);

    test('answers what its description allows, to any values that it allows', async () => {
      const values = fc
        .tuple(fc.subarray(optional), fc.constant(required))
        .chain(([some, all]) =>
          fc.tuple(
            ...[...some, ...all].map((parameter) =>
              fc.tuple(fc.constant(parameter), allowed(parameter.schema).filter(canStandIn(parameter))),
            ),
          ),
        );
      await fc.assert(
        fc.asyncProperty(values, bodies, async (given, body) => {
          const { status } = await askAsDocumented(route, urlOf(route, new Map(given)), body);
          // An id in a path may be none that an expectation can have.
          const mayRefuse =
            route.method === 'PUT' || given.some(([{ name }]) => REFUSED_IN_CONTEXT.includes(name));
          expect(mayRefuse ? [200, 400] : [200, 404]).toContain(status);
        }),
        { numRuns: fuzzRuns(route.method === 'GET' ? 60 : 15) },
      );
    });

    test.each(
      route.parameters
        .filter(({ in: where }) => where === 'query')
        .map((parameter) => [parameter.name, parameter] as const),
    )('refuses values that its description does not allow, and names %s', async (name, parameter) => {
      await fc.assert(
        fc.asyncProperty(forbidden(parameter.schema), async (texts) => {
          const given = new Map(
            required.map((each): [ParameterDocument, readonly string[]] => [each, ['x']]),
          );
          const { status, body } = await askAsDocumented(route, urlOf(route, given.set(parameter, texts)));
          expect(status).toBe(400);
          expect(body).toMatchObject({ parameter: name });
        }),
        { numRuns: fuzzRuns(50) },
      );
    });

    const inPath = route.parameters.filter(({ in: where }) => where === 'path');
    test.runIf(inPath.length > 0)('says that nothing has an id longer than any that can be', async () => {
      const [body] = fc.sample(bodies, 1);
      for (const id of ['x'.repeat(LONGEST_ID + 1), '☃'.repeat(4_000), '🎈'.repeat(5_000)]) {
        const given = new Map(inPath.map((each): [ParameterDocument, string[]] => [each, [id]]));
        expect((await askAsDocumented(route, urlOf(route, given), body)).status).toBe(404);
      }
    });

    test.runIf(route.scope !== undefined)(
      'refuses a parameter that it does not have, and names it',
      async () => {
        const names = route.parameters.filter(({ in: where }) => where === 'query').map(({ name }) => name);
        const [body] = fc.sample(bodies, 1);
        const misspelt = fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 200 }),
          fc.constantFrom('__proto__', 'toString', 'Limit', 'groupby', ...names).map((name) => `${name}s`),
        );
        await fc.assert(
          fc.asyncProperty(
            misspelt.filter((name) => !names.includes(name)),
            fc.string(),
            async (name, value) => {
              const given = new Map(required.map((each): [ParameterDocument, string[]] => [each, ['x']]));
              const url = `${urlOf(route, given)}&${new URLSearchParams([[name, value]])}`;
              const { status, body: answer } = await askAsDocumented(route, url, body);
              expect({ status, answer }).toMatchObject({
                status: 400,
                answer: { parameter: expect.stringContaining([...name].slice(0, 50).join('')) },
              });
            },
          ),
          { numRuns: fuzzRuns(20) },
        );
      },
    );

    test('answers what its description allows, found or not, broken or not', async () => {
      const id = route.path.startsWith('/v1/alerts')
        ? ALERT_ID
        : route.path.startsWith('/v1/e')
          ? 'standing'
          : ROLE;
      const known = new Map(
        Object.entries({ key: KEY, id, eventId: 'event-full', arn: JOB, day: '2026-03-01' }),
      );
      const [body] = fc.sample(bodies, 1);
      const found = new Map(
        required.map((each): [ParameterDocument, string[]] => [each, [known.get(each.name) ?? '']]),
      );
      expect((await askAsDocumented(route, urlOf(route, found), body)).status).toBe(200);
      if (!route.asksStore) return;
      for (const failure of [new Error('x'), new KeytrailError('store-unavailable', 'x')]) {
        history.failure = failure;
        table.onRead = async () => {
          throw failure;
        };
        const { status } = await askAsDocumented(route, urlOf(route, found), body).finally(() => {
          history.failure = undefined;
          table.onRead = undefined;
        });
        expect(status).toBe(failure instanceof KeytrailError ? 503 : 500);
      }
    });
  },
);

/** JSON that is nearly a body: a member left out, put in or changed; or anything at all. */
function nearly(bodies: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('', 'x'.repeat(3000), '2026-02-30'));
  const changed = fc.tuple(bodies, fc.nat(), fc.string(), value).map(([body, nth, name, other]) => {
    const members = Object.entries(Object(body));
    const [some = name] = members[nth % (members.length + 1)] ?? [];
    return { ...Object(body), [some]: other };
  });
  const without = fc.tuple(bodies, fc.nat()).map(([body, nth]) => {
    const members = Object.entries(Object(body));
    return Object.fromEntries(members.filter((_, place) => place !== nth % members.length));
  });
  return fc.oneof(changed, without, fc.jsonValue());
}

describe.each(
  ROUTES.filter(({ body }) => body !== undefined).map(
    (route) => [`${route.method} ${route.path}`, route] as const,
  ),
)('%s', (_path, route) => {
  const bodies = BODIES[route.operationId] ?? fc.constant(undefined);
  const url = route.path.replace('{id}', route.path.startsWith('/v1/alerts') ? ALERT_ID : 'swept');
  const { requestBody } = bodyShape.parse(document).paths[route.path]?.[route.method.toLowerCase()] ?? {};
  const described = ajv.compile({
    $ref: `openapi${requestBody?.content['application/json'].schema.$ref}`,
  });

  test('refuses bodies that its description does not allow, and names what is wrong', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(nearly(bodies), async (body) => {
        const { status, body: answer } = await askAsDocumented(route, url, body);
        if (described(body)) return;
        refused++;
        expect(status).toBe(400);
        expect(answer).toMatchObject({ parameter: expect.stringMatching(/./) });
      }),
      { numRuns: fuzzRuns(80) },
    );
    expect(refused).toBeGreaterThan(50);
  });

  test('refuses what is no JSON, is not called JSON, or is too much, as described', async () => {
    const ask = async (body: string, type = 'application/json') => {
      const init = { method: route.method, body, headers: { 'content-type': type } };
      const { status } = await app.request(url, init);
      expect(Object.keys(paths[route.path]?.[route.method.toLowerCase()]?.responses ?? {})).toContain(
        String(status),
      );
      return status;
    };
    expect(await ask('{')).toBe(400);
    expect(await ask('{}', 'text/plain')).toBe(415);
    expect(await ask('{}', 'application/jsonp')).toBe(415);
    expect(await ask(JSON.stringify({ reason: 'x'.repeat(1024 * 1024) }))).toBe(413);
  });
});

test('a change that the current state does not allow is a conflict, as described', async () => {
  const conflicts = [
    ['acknowledgeAlert', `/v1/alerts/${RESOLVED_ID}/acknowledge`, { reason: 'known' }],
    ['putExpectation', '/v1/expectations/of-file', AN_EXPECTATION],
    ['removeExpectation', '/v1/expectations/of-file', undefined],
  ] as const;
  for (const [operationId, url, body] of conflicts) {
    const route = ROUTES.find((each) => each.operationId === operationId);
    expect(route && (await askAsDocumented(route, url, body)).status, operationId).toBe(409);
  }
});

test('the document is OpenAPI 3.1 and has every route of the table', () => {
  expect(openapi).toMatch(/^3\.1\./);
  expect(
    Object.entries(paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
      .sort(),
  ).toEqual(ROUTES.map((route) => `${route.method.toLowerCase()} ${route.path}`).sort());
  expect(new Set(ROUTES.map((route) => route.operationId)).size).toBe(ROUTES.length);
});

test('every reference of the document leads somewhere', () => {
  const schemas = new Set(
    Object.keys(
      z.object({ components: z.object({ schemas: z.looseObject({}) }) }).parse(document).components.schemas,
    ),
  );
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  for (const [, reference = ''] of references) {
    expect(reference).toMatch(/^#\/components\/schemas\//);
    expect(schemas).toContain(reference.split('/').at(-1));
  }
});

/** Every object of the document that has a schema and an example of it, or is a schema that has a value of it. */
function* withExamples(
  node: unknown,
  path = '',
): Generator<[path: string, schema: object, example: unknown]> {
  if (typeof node !== 'object' || node === null) return;
  const { schema, example, examples, default: absent } = node as Record<string, unknown>;
  if (typeof schema === 'object' && schema !== null) {
    if (example !== undefined) yield [path, schema, example];
    for (const each of Object.values(Object(examples))) yield [path, schema, Object(each).value];
  } else {
    for (const value of [example, absent, ...(Array.isArray(examples) ? examples : [])])
      if (value !== undefined) yield [path, node, value];
  }
  for (const [name, member] of Object.entries(node)) yield* withExamples(member, `${path}/${name}`);
}

test('every example and default of the document is one of its schema', () => {
  const found = [...withExamples(document)];
  expect(found.length).toBeGreaterThan(5);
  const isOne = (schema: object, example: unknown) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')))(example);
  const wrong = found.filter(([, schema, example]) => !isOne(schema, example));
  expect(wrong.map(([path, , example]) => [path, example])).toEqual([]);
});

test('every parameter in a path is described, and no other', () => {
  for (const route of ROUTES) {
    const inPath = route.parameters.filter((each) => each.in === 'path').map((each) => each.name);
    expect([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(inPath);
  }
});

test('a table with a schema that has no name is refused', () => {
  const [first] = ROUTES;
  expect(() => openApiDocument(first === undefined ? [] : [{ ...first, answer: z.string() }])).toThrow(
    /components/,
  );
});
