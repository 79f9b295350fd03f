import { beforeAll, describe, expect, it } from 'vitest';

/** An HTTP API (payload 2.0) event, as API Gateway's documentation shows it. */
function anEvent(path: string, claims?: Record<string, string>) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'api.example.com' },
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'api.example.com',
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'id',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1_773_342_238_000,
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims, scopes: null } } }),
    },
    isBase64Encoded: false,
  };
}

type Invoke = (event: unknown) => Promise<{ statusCode: number; body: string }>;

describe('the API function', () => {
  let invoke: Invoke;
  beforeAll(async () => {
    process.env['KEYTRAIL_TABLE'] = 'keytrail';
    process.env['AWS_REGION'] = 'us-east-1';
    const { handler } = await import('../../handlers/api.ts');
    invoke = handler as unknown as Invoke;
  });

  it('refuses a request whose caller was not verified', async () => {
    expect((await invoke(anEvent('/v1/keys'))).statusCode).toBe(401);
  });

  it('refuses a caller without the scope', async () => {
    expect((await invoke(anEvent('/v1/keys', { sub: 's', scope: 'alerts:write' }))).statusCode).toBe(403);
  });

  it('describes itself to anybody', async () => {
    const answer = await invoke(anEvent('/v1/openapi.json', { sub: 's', scope: 'usage:read' }));
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ openapi: '3.1.0' });
  });
});
