import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { resolved } from '../../src/alerts/store/alert-states.ts';
import { changeAlert } from '../../src/alerts/store/alert-store.ts';
import type { Caller } from '../../src/api/route.ts';
import { anApi, NOW_MS } from './an-api.ts';
import { KEY, ROLE } from './fake-history.ts';
import { putAlertOf } from './put-alert-of.ts';

const page = z.object({ items: z.array(z.object({ id: z.string() })), next: z.string().optional() });
const json = { 'content-type': 'application/json' };
const otherKey = KEY.replace(/.$/, 'f');

function acknowledge(
  app: ReturnType<typeof anApi>['app'],
  id: string,
  body: unknown,
  headers: object = json,
) {
  return app.request(`/v1/alerts/${id}/acknowledge`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { ...headers },
  });
}

describe('alerts', () => {
  test('are answered as the contract has them, with what to do next', async () => {
    const { app, table } = anApi();
    const id = await putAlertOf(table);
    const answer = await app.request(`/v1/alerts/${id}`);
    expect(await answer.json()).toEqual({
      id,
      rule: 'unexpected-principal',
      severity: 'high',
      title: expect.stringContaining(ROLE),
      keyArn: KEY,
      principalId: ROLE,
      firstSeen: '2026-03-09T23:00:00Z',
      lastSeen: '2026-03-09T23:01:00Z',
      count: 3,
      events: ['first', 'second', 'last'],
      state: 'open',
      history: [{ number: 1, time: '2026-03-10T00:00:00Z', state: 'open', by: 'keytrail', reason: 'found' }],
      checkNext: expect.arrayContaining([expect.stringContaining('/v1/usage?')]),
      falsePositives: expect.arrayContaining([expect.any(String)]),
    });
    expect((await app.request('/v1/alerts/nothing')).status).toBe(404);
  });

  test('are found by state, rule, key and principal, last seen first, page by page', async () => {
    const { app, table } = anApi();
    const evidence = (hour: number) => {
      const timeMs = NOW_MS - hour * 3_600_000;
      return { count: 1, firstMs: timeMs, lastMs: timeMs, events: [`e${hour}`] };
    };
    const old = await putAlertOf(table, {
      evidence: evidence(9),
      subject: { keyArn: otherKey, principalId: ROLE },
    });
    const root = await putAlertOf(table, { rule: 'root-use', subject: { keyArn: KEY, accountId: '1' } });
    const newest = await putAlertOf(table, { evidence: evidence(0) });
    const idsOf = async (query: string) => {
      const { items, next } = page.parse(await (await app.request(`/v1/alerts?${query}`)).json());
      return { ids: items.map((alert) => alert.id), next };
    };
    expect((await idsOf('')).ids).toEqual([newest, root, old]);
    expect((await idsOf('rule=root-use')).ids).toEqual([root]);
    expect((await idsOf(`key=${encodeURIComponent(otherKey)}`)).ids).toEqual([old]);
    expect((await idsOf(`key=${otherKey.split('/')[1]}&principal=${encodeURIComponent(ROLE)}`)).ids).toEqual([
      old,
    ]);
    await acknowledge(app, newest, { reason: 'known' });
    expect((await idsOf('state=open')).ids).toEqual([root, old]);
    expect((await idsOf('state=open&state=acknowledged&rule=root-use')).ids).toEqual([root]);
    expect((await idsOf(`key=${encodeURIComponent(otherKey)}&key=${encodeURIComponent(KEY)}`)).ids).toEqual([
      newest,
      root,
      old,
    ]);
    const first = await idsOf('limit=2');
    expect(first.ids).toEqual([newest, root]);
    expect((await idsOf(`limit=2&cursor=${first.next}`)).ids).toEqual([old]);
    expect((await app.request('/v1/alerts?state=shut')).status).toBe(400);
  });

  test('are acknowledged by who was verified, with a reason and until when', async () => {
    const caller: Caller = {
      name: 'ana@example.com',
      subject: 'https://issuer 42',
      scopes: ['alerts:write', 'usage:read'],
    };
    const { app, table } = anApi([], { authorize: () => caller });
    const id = await putAlertOf(table);
    const answer = await acknowledge(app, id, { reason: 'a drill', until: '2026-04-01' });
    expect(await answer.json()).toMatchObject({
      state: 'acknowledged',
      history: [
        { state: 'open' },
        {
          number: 2,
          state: 'acknowledged',
          by: 'ana@example.com (https://issuer 42)',
          reason: 'a drill',
          until: '2026-04-01T00:00:00Z',
        },
      ],
    });
  });

  test('that are resolved are not acknowledged, and say how they came to be so', async () => {
    const { app, table } = anApi();
    const id = await putAlertOf(table);
    await changeAlert(table, id, (alert) => alert && resolved(alert, 'an expectation explains it', NOW_MS));
    const answer = await acknowledge(app, id, { reason: 'known' });
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await (await app.request(`/v1/alerts/${id}`)).json()).toMatchObject({
      state: 'resolved',
      history: [
        { state: 'open' },
        { state: 'resolved', by: 'keytrail', reason: 'an expectation explains it' },
      ],
    });
  });

  test('keep a note of each who looked at the same time', async () => {
    const { app, table } = anApi();
    const id = await putAlertOf(table);
    const answers = await Promise.all(['a', 'b', 'c'].map((reason) => acknowledge(app, id, { reason })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { history } = z
      .object({ history: z.array(z.object({ reason: z.string() })) })
      .parse(await (await app.request(`/v1/alerts/${id}`)).json());
    expect(history.map(({ reason }) => reason).sort()).toEqual(['a', 'b', 'c', 'found']);
  });

  test('are not acknowledged without the scope, a reason, JSON or a time to come', async () => {
    const { app, table } = anApi();
    const id = await putAlertOf(table);
    expect((await acknowledge(app, id, { reason: '  ' })).status).toBe(400);
    expect(await (await acknowledge(app, id, { until: '2026-04-01' })).json()).toMatchObject({
      parameter: 'reason',
    });
    const refused = async (body: unknown) => {
      const answer = await acknowledge(app, id, body);
      expect(answer.status).toBe(400);
      return answer.json();
    };
    expect(await refused({ reason: 'x', until: '2026-01-01' })).toMatchObject({
      parameter: 'until',
      detail: 'until is in the past; give a later time or leave it out.',
    });
    expect(await refused({ reason: 'x', until: '2026-02-30' })).toMatchObject({
      parameter: 'until',
      detail: expect.stringContaining('must be a time such as'),
    });
    expect(await refused({ reason: 'x', by: 'somebody else' })).toMatchObject({
      parameter: 'by',
      detail: '`by` is no field of the body.',
    });
    expect(await refused({ reason: 'x'.repeat(2001) })).toMatchObject({ parameter: 'reason' });
    expect(await refused(['reason'])).toMatchObject({ parameter: 'body' });
    expect((await acknowledge(app, id, { reason: 'x' }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await acknowledge(app, 'nothing', { reason: 'x' })).status).toBe(404);
    expect((await app.request(`/v1/alerts/${id}/acknowledge`)).status).toBe(405);
    const readOnly = anApi([], { authorize: () => ({ scopes: ['usage:read', 'expectations:write'] }) });
    expect((await acknowledge(readOnly.app, id, { reason: 'x' })).status).toBe(403);
  });
});
