import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { syncExpectations } from '../../src/expectations/expectation-store.ts';
import { aDecrypt, aRole, keyArn } from '../builders/cloud-trail-record.ts';
import { append } from '../history/delivered-records.ts';
import { anApi, NOW_MS } from './an-api.ts';

const content = {
  keys: [keyArn],
  principals: ['arn:aws:iam::111122223333:role/service-role/Trainer'],
  operations: ['cryptographic'],
  owner: 'the team',
  reason: 'it trains',
};
const answered = z.looseObject({ items: z.unknown(), versions: z.unknown(), detail: z.unknown() }).partial();
const json = { 'content-type': 'application/json' };

function put(app: ReturnType<typeof anApi>['app'], id: string, body: unknown) {
  return app.request(`/v1/expectations/${id}`, { method: 'PUT', body: JSON.stringify(body), headers: json });
}

describe('expectations', () => {
  test('are put, listed and removed, and every version is kept with who made it', async () => {
    const { app } = anApi();
    expect(await (await put(app, 'trainer', content)).json()).toMatchObject({
      id: 'trainer',
      status: 'in-force',
      version: 1,
      source: 'api',
      changedBy: 'tester',
      changedTime: '2026-03-10T00:00:00Z',
    });
    await put(app, 'trainer', { ...content, owner: 'another team' });
    const { items } = answered.parse(await (await app.request('/v1/expectations')).json());
    expect(items).toMatchObject([{ id: 'trainer', version: 2, owner: 'another team' }]);
    expect((await app.request('/v1/expectations/trainer', { method: 'DELETE' })).status).toBe(200);
    expect((await app.request('/v1/expectations/trainer', { method: 'DELETE' })).status).toBe(404);
    const detail = answered.parse(await (await app.request('/v1/expectations/trainer')).json());
    expect(detail).not.toHaveProperty('status');
    expect(detail.versions).toMatchObject([
      { version: 1, expectation: { owner: 'the team' } },
      { version: 2, expectation: { owner: 'another team' } },
      { version: 3, isRemoved: true, changedBy: 'tester' },
    ]);
  });

  test('that are wrong are refused with all that is wrong', async () => {
    const { app } = anApi();
    const answer = await put(app, 'trainer', {
      ...content,
      keys: ['arn:aws:kms:oops'],
      expires: '2025-01-01',
      colour: 'red',
    });
    expect(answer.status).toBe(400);
    const { detail } = answered.parse(await answer.json());
    expect(detail).toContain('keys[0]');
    expect(detail).toContain('colour');
    expect((await put(app, 'trainer', { ...content, id: 'other' })).status).toBe(400);
    expect((await put(app, 'trainer', [])).status).toBe(400);
  });

  test('that are contradicted or not filled in are refused, and the member is named', async () => {
    const { app } = anApi();
    const parameterOf = async (id: string, body: unknown) => {
      const answer = await put(app, id, body);
      expect(answer.status).toBe(400);
      return z.object({ parameter: z.string() }).parse(await answer.json()).parameter;
    };
    expect(await parameterOf('trainer', { ...content, keys: [keyArn, 'oops'] })).toBe('keys[1]');
    expect(await parameterOf('trainer', { ...content, expires: '2025-01-01' })).toBe('expires');
    expect(await parameterOf('trainer', { ...content, id: 'other' })).toBe('id');
    expect(await parameterOf('no id', content)).toBe('id');
    await put(app, 'trainer', content);
    const same = await put(app, 'same', content);
    expect(same.status).toBe(400);
    expect(answered.parse(await same.json()).detail).toContain('allows the same as `trainer`');
  });

  test('warn of what no row names', async () => {
    const { app, table } = anApi();
    const typo = { ...content, keys: [keyArn, 'alias/typo'] };
    expect(await (await put(app, 'trainer', typo)).json()).not.toHaveProperty('warnings');
    await append(table, [aDecrypt({ by: aRole() })], 'me');
    const warnings = ['No use of alias/typo is in the history so far.'];
    expect(await (await app.request('/v1/expectations/trainer')).json()).toMatchObject({ warnings });
    await put(app, 'good', { ...content, operations: ['grant'] });
    const { items } = answered.parse(await (await app.request('/v1/expectations')).json());
    expect(items).toEqual([
      expect.not.objectContaining({ warnings: expect.anything() }),
      expect.objectContaining({ id: 'trainer', warnings }),
    ]);
  });

  test('that come from the file are read-only', async () => {
    const { app, table } = anApi();
    await syncExpectations(table, [{ id: 'trainer', ...content }], 'ci', NOW_MS);
    expect((await put(app, 'trainer', { ...content, owner: 'me' })).status).toBe(409);
    expect((await app.request('/v1/expectations/trainer', { method: 'DELETE' })).status).toBe(409);
  });

  test('are changed only by who may', async () => {
    const { app } = anApi([], { authorize: () => ({ scopes: ['usage:read', 'alerts:write'] }) });
    expect((await put(app, 'trainer', content)).status).toBe(403);
    expect((await app.request('/v1/expectations')).status).toBe(200);
  });

  test('are previewed over what was recorded: what would fire, what would be silent', async () => {
    const { app, table } = anApi();
    const preview = async (body: unknown) => {
      const answer = await app.request('/v1/expectations/preview', {
        method: 'POST',
        body: JSON.stringify(body),
        headers: json,
      });
      return { status: answer.status, body: await answer.json() };
    };
    await append(table, [aDecrypt({ by: aRole() }), aDecrypt({ eventID: 'b' })], 'me');
    const draft = { id: 'trainer', ...content };
    const { body } = await preview({ expectations: [draft] });
    expect(body).toMatchObject({
      to: '2026-03-01T10:00:00.001Z',
      fired: [
        {
          rule: 'unexpected-principal',
          keyArn,
          principalId: expect.stringContaining('user/Alice'),
          count: 1,
          events: ['b'],
          title: expect.stringContaining('user/Alice'),
        },
      ],
      added: [{ rule: 'unexpected-principal' }],
      silenced: [],
      neverNeeded: [],
      warnings: [],
    });
    expect((await preview({ expectations: [{ ...draft, keys: ['alias/typo'] }] })).body).toMatchObject({
      neverNeeded: ['trainer'],
      warnings: ['trainer: No use of alias/typo is in the history so far.'],
    });
    await put(app, 'trainer', content);
    const wider = { ...draft, id: 'wider', principals: ['account:111122223333'] };
    expect((await preview({ expectations: [draft, wider] })).body).toMatchObject({
      fired: [],
      silenced: [{ rule: 'unexpected-principal', events: ['b'] }],
    });
    expect((await preview({ expectations: [{ id: 'x' }] })).status).toBe(400);
    expect((await preview({ expectations: [], from: '2026-03-02', to: '2026-03-01' })).status).toBe(400);
    expect((await preview({})).status).toBe(400);
    expect(await preview({ expectations: [draft, draft] })).toMatchObject({
      status: 400,
      body: { parameter: 'expectations[1].id' },
    });
    expect(await preview({ expectations: [draft], until: '2026-03-01' })).toMatchObject({
      status: 400,
      body: { parameter: 'until' },
    });
  });
});
