import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { anApi, CORRELATION_ID } from './an-api.ts';
import { aRow, JOB, KEY, ROLE, rowsASecondApart } from './fake-history.ts';

const pageOfEvents = z.object({
  items: z.array(z.object({ eventId: z.string() })),
  next: z.string().optional(),
});
const GREAT_ROLE = 'arn:aws:iam::111122223333:role/aws-service-role/a b+c%2F/Trainer';

const COVERED = {
  window: { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' },
  coverage: { hours: 24, observed: 5, silent: 19 },
};

describe('rows', () => {
  test('are answered as the history gives them', async () => {
    const row = aRow();
    const answer = await anApi([row]).app.request('/v1/usage');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ items: [row], ...COVERED });
  });

  test('are asked for with every filter, repeated ones together', async () => {
    const { app, history } = anApi();
    const query = new URLSearchParams([
      ['key', KEY],
      ['key', 'alias/data'],
      ['principal', ROLE],
      ['job', JOB],
      ['operation', 'Decrypt'],
      ['category', 'grant'],
      ['category', 'management'],
      ['outcome', 'denied'],
      ['status', 'exact'],
      ['account', '111122223333'],
      ['region', 'us-east-1'],
      ['expected', 'no-rule'],
      ['from', '2026-03-01'],
      ['to', '2026-03-02T00:00:00.5Z'],
      ['order', 'desc'],
      ['limit', '7'],
    ]);
    expect((await app.request(`/v1/usage?${query}`)).status).toBe(200);
    expect(history.asked.filter).toEqual({
      key: [KEY, 'alias/data'],
      principal: [ROLE],
      job: [JOB],
      operation: ['Decrypt'],
      category: ['grant', 'management'],
      outcome: ['denied'],
      status: ['exact'],
      account: ['111122223333'],
      region: ['us-east-1'],
      expected: ['no-rule'],
      fromMs: Date.parse('2026-03-01T00:00:00Z'),
      toMs: Date.parse('2026-03-02T00:00:00.500Z'),
    });
    expect(history.asked.page).toEqual({ limit: 7, order: 'desc' });
  });

  test('come 100 at a time, oldest first, where nothing is said', async () => {
    const { app, history } = anApi();
    await app.request('/v1/usage');
    expect(history.asked.page).toEqual({ limit: 100, order: 'asc' });
    expect(history.asked.filter).toEqual({});
  });

  test('are each on one page when the pages are followed', async () => {
    const { app } = anApi(rowsASecondApart(25));
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const answer = await app.request(`/v1/usage?limit=10${next === '' ? '' : `&cursor=${next}`}`);
      const page = pageOfEvents.parse(await answer.json());
      seen.push(...page.items.map((row) => row.eventId));
      next = page.next;
    }
    expect(seen).toEqual(rowsASecondApart(25).map((row) => row.eventId));
  });

  test('lose what the schema does not promise', async () => {
    const leaking = { ...aRow(), join: { accessKeyHash: 'secret' }, principal: { type: 'role', token: 's' } };
    const { app, history } = anApi();
    Object.assign(history, { usage: async () => ({ items: [leaking], ...COVERED, scanned: 12 }) });
    const { join, ...promised } = leaking;
    expect(await (await app.request('/v1/usage')).json()).toEqual({
      items: [{ ...promised, principal: { type: 'role' } }],
      ...COVERED,
    });
  });

  test('keep an encryption context whole, whatever its members are called', async () => {
    const encryptionContext = JSON.parse('{"__proto__":"a","constructor":"b","":"c"}');
    const answer = await anApi([aRow({ encryptionContext })]).app.request('/v1/usage');
    expect(await answer.text()).toContain('{"__proto__":"a","constructor":"b","":"c"}');
  });
});

describe('groups', () => {
  test('are asked for by the dimensions in the order given, each once', async () => {
    const { app, history } = anApi(rowsASecondApart(3));
    const answer = await app.request(
      '/v1/usage/summary?groupBy=key,day&groupBy=key&limit=5&region=us-east-1',
    );
    expect(history.asked.groupBy).toEqual(['key', 'day']);
    expect(history.asked.filter).toEqual({ region: ['us-east-1'] });
    expect(await answer.json()).toEqual({
      groups: [
        {
          key: KEY,
          day: '2026-03-01',
          count: 3,
          firstSeen: '2026-03-01T10:00:00Z',
          lastSeen: '2026-03-01T10:00:02Z',
        },
      ],
      ...COVERED,
    });
  });

  test('are one of everything where nothing is grouped by', async () => {
    const answer = await anApi(rowsASecondApart(3)).app.request('/v1/usage/summary');
    expect(await answer.json()).toMatchObject({ groups: [{ count: 3 }] });
  });
});

describe('one of a kind', () => {
  test.each([
    ['encoded', encodeURIComponent(KEY)],
    ['unencoded', KEY],
    ['with its slash alone encoded', KEY.replace('/', '%2f')],
  ])('a key is found by its ARN, %s', async (_how, path) => {
    const { app } = anApi([aRow()]);
    const answer = await app.request(`/v1/keys/${path}`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ arn: KEY, uses: 1, timeline: [] });
  });

  test.each([GREAT_ROLE, 's3.amazonaws.com', '111122223333/AIDA:x', 'a\nb\u2028c', '☃'])(
    'a principal is asked for by the very id that was encoded: %j',
    async (id) => {
      const { app, history } = anApi([aRow({ principal: { id, type: 'role' } })]);
      const answer = await app.request(`/v1/principals/${encodeURIComponent(id)}`);
      expect(history.asked.reference).toBe(id);
      expect(answer.status).toBe(200);
    },
  );

  test('an event is its rows, and none where there is no such event', async () => {
    const { app, history } = anApi([aRow({ eventId: 'a/b' })]);
    expect(await (await app.request('/v1/usage/a%2Fb')).json()).toMatchObject({
      items: [{ eventId: 'a/b' }],
    });
    expect(await (await app.request('/v1/usage/other')).json()).toEqual({ items: [] });
    history.expired = '2026-01-01T00:00:00Z';
    expect(await (await app.request('/v1/usage/other')).json()).toEqual({
      items: [],
      expiredBefore: '2026-01-01T00:00:00Z',
    });
  });

  test.each(['/v1/keys/alias%2Fnone', '/v1/principals/nobody'])(
    'what the history does not know is 404: %s',
    async (path) => {
      const answer = await anApi([aRow()]).app.request(path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ type: 'urn:keytrail:problem:not-found', status: 404 });
    },
  );

  test('lists lead to what they name, without its details', async () => {
    const { app } = anApi([aRow()]);
    const keys = await (await app.request('/v1/keys')).text();
    expect(JSON.parse(keys)).toMatchObject({ items: [{ arn: KEY, aliases: ['alias/data'] }] });
    expect(keys).not.toContain('timeline');
    expect(await (await app.request('/v1/principals')).json()).toMatchObject({ items: [{ id: ROLE }] });
  });
});

test.each([
  ['2026-03-01T10:00', '2026-03-01T10:00:00Z'],
  ['2026-03-01T10:00:00', '2026-03-01T10:00:00Z'],
  ['2026-03-01 10:00', '2026-03-01T10:00:00Z'],
  ['2026-03-01T10:00:00+09:00', '2026-03-01T01:00:00Z'],
  ['2026-03-01T10:00:00%2B09:00', '2026-03-01T01:00:00Z'],
  ['2026-03-01T10:00-05:30', '2026-03-01T15:30:00Z'],
  ['2026-03-01t10:00:00.25z', '2026-03-01T10:00:00.250Z'],
  ['2026-03-01', '2026-03-01T00:00:00Z'],
])('a time may be written as %s', async (text, meant) => {
  const { app, history } = anApi();
  expect((await app.request(`/v1/usage?from=${text}`)).status).toBe(200);
  expect(history.asked.filter).toEqual({ fromMs: Date.parse(meant) });
});

test('a parameter that is not known is named with the nearest that is', async () => {
  const refused = async (query: string) => (await anApi().app.request(`/v1/usage?${query}`)).json();
  expect(await refused('pricipal=x')).toMatchObject({
    status: 400,
    parameter: 'pricipal',
    detail: 'pricipal is no parameter of this path. Did you mean principal?',
  });
  expect(await refused('__proto__=x')).toMatchObject({ status: 400, parameter: '__proto__' });
  expect((await anApi().app.request('/healthz?x=1')).status).toBe(200);
});

test.each(['usage', 'keys', 'principals', 'jobs', 'alerts', 'expectations'])(
  'an id longer than any can be is 404 among %s',
  async (what) => {
    for (const length of [2_049, 5_000, 20_000]) {
      expect((await anApi().app.request(`/v1/${what}/${'x'.repeat(length)}`)).status).toBe(404);
    }
  },
);

test('a body that is nested deeply is 400', async () => {
  const { app } = anApi();
  for (const body of ['['.repeat(100_000), `${'['.repeat(1_000)}${']'.repeat(1_000)}`, '{"a":'.repeat(60)]) {
    const answer = await app.request('/v1/expectations/preview', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(400);
  }
});

describe('a request that cannot be answered', () => {
  test.each([
    ['category', 'category=foo'],
    ['outcome', 'outcome=success&outcome='],
    ['status', 'status=EXACT'],
    ['expected', 'expected=maybe'],
    ['key', 'key='],
    ['principal', `principal=${'x'.repeat(4097)}`],
    ['region', Array.from({ length: 101 }, () => 'region=a').join('&')],
    ['order', 'order=up'],
    ['limit', 'limit=0'],
    ['limit', 'limit=1001'],
    ['limit', 'limit=1e2'],
    ['limit', 'limit=10&limit=20'],
    ['cursor', 'cursor='],
    ['cursor', 'cursor=made-up'],
    ['from', 'from=yesterday'],
    ['from', 'from=2026-02-30'],
    ['from', 'from=2026-03-01T25:00'],
    ['from', 'from=2026-03-01T10:00:00%2B1:00'],
    ['utm_source', 'utm_source=whatever'],
    ['Key', 'Key=a'],
    ['to', 'to=1772359200'],
    ['from', 'from=2026-03-01&to=2026-03-01T00:00:00Z'],
    ['from', 'from=2026-03-02&to=2026-03-01'],
  ])('is 400 and names %s: ?%s', async (parameter, query) => {
    const answer = await anApi([aRow()]).app.request(`/v1/usage?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      status: 400,
      parameter,
      detail: expect.stringContaining(parameter),
      type: expect.any(String),
      title: expect.any(String),
    });
  });

  test.each(['groupBy=', 'groupBy=key,', 'groupBy=color', 'groupBy=key, day'])(
    'is 400 and names groupBy: ?%s',
    async (query) => {
      const answer = await anApi().app.request(`/v1/usage/summary?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ parameter: 'groupBy' });
    },
  );

  test.each(['/', '/v1', '/v1/', '/v1/usage/', '/v1/nothing', '/V1/usage', '/v2/usage'])(
    'is 404 where there is no such path: %s',
    async (path) => {
      const answer = await anApi().app.request(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    },
  );

  test.each([
    ['POST', '/v1/usage'],
    ['DELETE', '/v1/usage/event-1'],
    ['PUT', '/v1/usage/summary'],
    ['OPTIONS', '/healthz'],
  ])('is 405 and says what the path takes: %s %s', async (method, path) => {
    const answer = await anApi().app.request(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    expect(await answer.json()).toMatchObject({ status: 405 });
  });

  test('is 503 while the store does not answer, and says when to try again', async () => {
    const { app, history, reported } = anApi();
    history.failure = new KeytrailError('store-unavailable', 'connect ECONNREFUSED 127.0.0.1:8000');
    for (const path of ['/v1/usage', '/healthz']) {
      const answer = await app.request(path);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await answer.text()).not.toContain('ECONNREFUSED');
    }
    expect(reported).toHaveLength(2);
  });

  test.each([
    new Error('secret at /home/someone/store.ts:3'),
    new KeytrailError('corrupt-item', 'secret'),
    'secret',
  ])('is 500 with a correlation id and reveals nothing internal: %s', async (failure) => {
    const { app, history, reported } = anApi();
    history.failure = failure;
    const answer = await app.request('/v1/keys');
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toMatchObject({ status: 500, correlationId: CORRELATION_ID });
    expect(reported).toEqual([[failure, CORRELATION_ID]]);
  });

  test('is 500 where the history answers what the schema does not allow', async () => {
    const { app, history } = anApi();
    Object.assign(history, { keys: async () => ({ items: [{ arn: 1 }] }) });
    expect((await app.request('/v1/keys')).status).toBe(500);
  });

  test('is 400 in the words of the history where the history finds a parameter bad', async () => {
    const { app, history } = anApi();
    history.failure = new KeytrailError('bad-parameter', 'key must be of one partition.');
    const answer = await app.request('/v1/usage?key=x');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: 'key must be of one partition.' });
  });
});

describe('a caller', () => {
  test('that is not known is asked for a token', async () => {
    const answer = await anApi([], { authorize: () => undefined }).app.request('/v1/usage');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('without the scope is refused, and nothing is asked of the history', async () => {
    const { app, history } = anApi([], { authorize: async () => ({ scopes: ['alerts:write'] }) });
    const answer = await app.request('/v1/usage');
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('usage:read') });
    expect(history.asked).toEqual({});
  });

  test('with the scope is answered', async () => {
    const { app } = anApi([aRow()], { authorize: () => ({ scopes: ['usage:read'] }) });
    expect((await app.request('/v1/usage')).status).toBe(200);
  });

  test('needs nothing to ask for health and the description', async () => {
    const { app } = anApi([], { authorize: () => undefined });
    expect((await app.request('/healthz')).status).toBe(200);
    expect((await app.request('/v1/openapi.json')).status).toBe(200);
  });
});

test.each(['/v1/usage', '/v1/usage?limit=0', '/v1/keys/none', '/nothing', '/healthz', '/v1/openapi.json'])(
  'an answer is neither cached, guessed at nor run: %s',
  async (path) => {
    const { headers } = await anApi([aRow()]).app.request(path);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-type')).toMatch(/^application\/(problem\+)?json$/);
  },
);

test('HEAD is answered as GET, without the body', async () => {
  const answer = await anApi([aRow()]).app.request('/v1/usage', { method: 'HEAD' });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('');
});

test('a question whose client hung up is dropped, and nothing is reported', async () => {
  const { app, history, reported } = anApi();
  const leaving = new AbortController();
  const signals: AbortSignal[] = [];
  Object.assign(history, {
    until(signal: AbortSignal) {
      signals.push(signal);
      return history;
    },
    async usage() {
      leaving.abort();
      throw new KeytrailError('interrupted', 'Nobody waits for the answer any more.');
    },
  });
  const answer = await app.request('/v1/usage', { signal: leaving.signal });
  expect(answer.status).toBe(499);
  expect(signals[0]?.aborted).toBe(true);
  expect(reported).toEqual([]);
});
