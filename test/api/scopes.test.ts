import { expect, it } from 'vitest';
import { callerOfClaims } from '../../src/api/caller-of-claims.ts';
import { SCOPES } from '../../src/api/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { anApi } from './an-api.ts';

const { app } = anApi([], { authorize: (_request, bindings) => callerOfClaims(bindings) });

/** A caller whose verified claims grant some scopes. */
async function ask(method: string, path: string, scopes: readonly string[]): Promise<number> {
  const claims = { sub: 's', scope: scopes.join(' ') };
  const init = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } };
  const answer = await app.request(
    path.replace(/\{\w+\}/, 'x'),
    { method, ...init },
    { requestContext: { authorizer: { jwt: { claims } } } },
  );
  return answer.status;
}

const OPEN = ROUTES.filter(({ scope }) => scope === undefined);

it.each(
  ROUTES.flatMap(({ method, path, scope }) => (scope === undefined ? [] : [[method, path, scope] as const])),
)('%s %s takes the scope %s, and no other in its place', async (method, path, scope) => {
  const others = SCOPES.filter((each) => each !== scope);
  expect(await ask(method, path, others)).toBe(403);
  expect(await ask(method, path, [])).toBe(403);
  expect([401, 403]).not.toContain(await ask(method, path, [scope]));
});

it.each(OPEN.map(({ method, path }) => [method, path]))('%s %s is open to anybody', async (method, path) => {
  expect(await ask(method, path, [])).toBe(200);
});

it('reading, handling alerts and editing expectations are three permissions', () => {
  const byScope = Map.groupBy(ROUTES, ({ scope }) => scope);
  const changes = (scope: (typeof SCOPES)[number]) =>
    byScope.get(scope)?.map(({ operationId }) => operationId);
  expect(changes('alerts:write')).toEqual(['acknowledgeAlert']);
  expect(changes('expectations:write')).toEqual(['putExpectation', 'removeExpectation']);
  expect(
    byScope
      .get('usage:read')
      ?.filter(({ method }) => method !== 'GET')
      .map(({ operationId }) => operationId),
  ).toEqual(['previewExpectations']);
});
