import { randomUUID } from 'node:crypto';
import type { handle, LambdaEvent } from 'hono/aws-lambda';

/** A function behind an HTTP API, as hono makes it. */
type ApiHandler = ReturnType<typeof handle>;

type HttpApiEvent = Extract<LambdaEvent, { readonly rawPath: string }>;

/**
 * What API Gateway does with a request whose token its JWT authorizer took: the function is called with the claims.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function gatewayTo(
  handler: ApiHandler,
  claims: Readonly<Record<string, string>>,
): { fetch(request: Request): Promise<Response> } {
  return {
    async fetch(request) {
      const answer = await handler(await eventOf(request, claims));
      const body = answer.isBase64Encoded ? Buffer.from(answer.body, 'base64') : answer.body;
      const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      const status = answer.statusCode;
      return new Response(status === 204 || status === 304 ? null : body, { status, headers });
    },
  };
}

async function eventOf(request: Request, claims: Readonly<Record<string, string>>): Promise<HttpApiEvent> {
  const { pathname, search, host } = new URL(request.url);
  const body = await request.text();
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: { ...Object.fromEntries(request.headers), host },
    requestContext: {
      accountId: '000000000000',
      apiId: 'twin',
      authentication: null,
      authorizer: { jwt: { claims, scopes: [] } },
      domainName: host,
      domainPrefix: 'twin',
      http: {
        method: request.method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: request.headers.get('user-agent') ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    body: body === '' ? null : body,
    isBase64Encoded: false,
  };
  return event;
}
