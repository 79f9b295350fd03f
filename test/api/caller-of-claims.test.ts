import { describe, expect, it } from 'vitest';
import { callerOfClaims } from '../../src/api/caller-of-claims.ts';

const withClaims = (claims: unknown) => ({ requestContext: { authorizer: { jwt: { claims } } } });

describe('the caller that verified claims name', () => {
  it.each([
    [
      'a scope claim',
      { sub: 's', scope: 'openid usage:read alerts:write' },
      ['usage:read', 'alerts:write'],
      's',
    ],
    ['an Entra scp claim', { sub: 's', scp: 'usage:read' }, ['usage:read'], 's'],
    [
      'a list as API Gateway writes it',
      { sub: 's', scope: '[usage:read expectations:write]' },
      ['usage:read', 'expectations:write'],
      's',
    ],
    ['no scope', { email: 'a@example.com', sub: 's' }, [], 'a@example.com'],
    ['a scope that only begins alike', { sub: 's', scope: 'usage:reader usage:read2' }, [], 's'],
  ])('has what %s grants, and no more', (_what, claims, scopes, name) => {
    expect(callerOfClaims(withClaims(claims))).toEqual({ scopes, name, subject: 's' });
  });

  it('is who the issuer says, whatever name they chose', () => {
    const claims = { iss: 'https://issuer.example', sub: 's', email: 'auditor@example.com' };
    expect(callerOfClaims(withClaims(claims))?.subject).toBe('https://issuer.example s');
  });

  it('has scopes by the name that its issuer gives them, and by no other', () => {
    const scopes = (scope: string) => callerOfClaims(withClaims({ sub: 's', scope }), 'keytrail/')?.scopes;
    expect(scopes('keytrail/usage:read other/alerts:write')).toEqual(['usage:read']);
    expect(scopes('usage:read')).toEqual([]);
  });

  it.each([
    [undefined],
    [null],
    [{}],
    [{ requestContext: {} }],
    [withClaims(undefined)],
    [withClaims('usage:read')],
  ])('is nobody where no claims were verified: %j', (bindings) => {
    expect(callerOfClaims(bindings)).toBeUndefined();
  });
});
