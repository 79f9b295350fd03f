import { describe, expect, it } from 'vitest';
import type { Access } from '../../src/api/access.ts';
import type { Caller } from '../../src/api/route.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { anApi } from './an-api.ts';

const reader: Caller = { name: 'reader@example.com', scopes: ['usage:read'] };

function recording(caller: Caller | undefined = reader) {
  const kept: Access[] = [];
  const api = anApi([], {
    authorize: () => caller,
    recordAccess: async (access) => void kept.push(access),
  });
  return { ...api, kept };
}

describe('who looked', () => {
  it('is kept with the question and how many rows were answered', async () => {
    const { app, kept } = recording();
    await app.request('/v1/usage?key=alias%2Fa&limit=5');
    await app.request('/v1/usage?limit=none');
    await app.request('/v1/jobs');
    await app.request('/v1/usage/summary?groupBy=key');
    expect(kept).toMatchObject([
      {
        principal: 'reader@example.com',
        path: '/v1/usage',
        query: 'key=alias%2Fa&limit=5',
        status: 200,
        rows: 0,
      },
      { path: '/v1/usage', query: 'limit=none', status: 400, rows: 0 },
      { path: '/v1/jobs', status: 200, rows: 1 },
      { path: '/v1/usage/summary', status: 200, rows: 0 },
    ]);
  });

  it('is kept of those who are refused, too', async () => {
    const { app, kept } = recording({ name: 'other', scopes: [] });
    expect((await app.request('/v1/keys')).status).toBe(403);
    expect(kept).toEqual([
      { principal: 'other', scopes: [], method: 'GET', path: '/v1/keys', query: '', status: 403, rows: 0 },
    ]);
  });

  it('is kept of changes as well', async () => {
    const { app, kept } = recording({ name: 'ana', subject: 'issuer 42', scopes: ['expectations:write'] });
    await app.request('/v1/expectations/gone', { method: 'DELETE' });
    await app.request('/v1/alerts/id/acknowledge', {
      method: 'POST',
      body: JSON.stringify({ reason: 'known' }),
      headers: { 'content-type': 'application/json' },
    });
    const who = { principal: 'ana', subject: 'issuer 42', query: '', rows: 0 };
    expect(kept).toMatchObject([
      { ...who, method: 'DELETE', path: '/v1/expectations/gone', status: 404 },
      { ...who, method: 'POST', path: '/v1/alerts/id/acknowledge', status: 403 },
    ]);
  });

  it('is not kept of what is open to anybody', async () => {
    const { app, kept } = recording();
    await app.request('/v1/openapi.json');
    expect(kept).toEqual([]);
  });

  it('is bounded, whatever is asked', async () => {
    const { app, kept } = recording();
    await app.request(`/v1/usage?key=${'x'.repeat(20_000)}`);
    expect(kept[0]?.query).toHaveLength(4_096);
  });

  it('nobody gets an answer that cannot be kept', async () => {
    const { app } = anApi([], {
      authorize: () => reader,
      recordAccess: () => Promise.reject(new KeytrailError('store-unavailable', 'The store is not there.')),
    });
    expect((await app.request('/v1/usage')).status).toBe(503);
  });
});
