import { type Caller, SCOPES } from './route.ts';

/**
 * The caller, from the claims that API Gateway's JWT authorizer verified; undefined when there are none. The scopes are
 * those of the claim `scope` (RFC 8693 §4.2, separated by spaces), or of Entra's `scp`.
 * @param bindings what hono passes on with a request in Lambda: the event and its request context
 * @param scopePrefix the issuer's prefix of scope names: for Cognito, the resource server's identifier and a slash
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function callerOfClaims(bindings: unknown, scopePrefix = ''): Caller | undefined {
  const claims = memberOf(
    memberOf(memberOf(memberOf(bindings, 'requestContext'), 'authorizer'), 'jwt'),
    'claims',
  );
  if (typeof claims !== 'object' || claims === null) return undefined;
  const granted = new Set(
    `${textOf(claims, 'scope') ?? ''} ${textOf(claims, 'scp') ?? ''}`.split(/[\s[\],]+/),
  );
  const name = textOf(claims, 'email') ?? textOf(claims, 'username') ?? textOf(claims, 'sub');
  const sub = textOf(claims, 'sub');
  const subject = sub === undefined ? undefined : [textOf(claims, 'iss') ?? '', sub].join(' ').trim();
  return {
    scopes: SCOPES.filter((scope) => granted.has(`${scopePrefix}${scope}`)),
    ...(name === undefined ? {} : { name }),
    ...(subject === undefined ? {} : { subject }),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
