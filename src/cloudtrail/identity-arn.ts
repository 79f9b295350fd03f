import type { PrincipalType } from './identity.ts';

export type IdentityArnKind = Extract<PrincipalType, 'role' | 'user' | 'root' | 'federated'>;

/**
 * The kind of identity that an ARN of IAM or STS names; `undefined` for any other text.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
 */
export function kindOfIdentityArn(arn: string): IdentityArnKind | undefined {
  const at = resourceStart(arn);
  if (at === undefined) {
    return undefined;
  }
  if (arn.startsWith('assumed-role/', at) || arn.startsWith('role/', at)) {
    return 'role';
  }
  if (arn.startsWith('user/', at)) {
    return 'user';
  }
  if (arn.startsWith('federated-user/', at)) {
    return 'federated';
  }
  return arn.length === at + 4 && arn.endsWith('root') ? 'root' : undefined;
}

/**
 * The ARN of the role, from the ARN of a role or an assumed role. An assumed-role ARN lacks the role's path, so the result
 * does too. Documentation samples also have assumed-role ARNs without a session, and role ARNs under `sts`.
 */
export function roleArnOf(arn: string): string | undefined {
  const at = resourceStart(arn);
  if (at === undefined) {
    return undefined;
  }
  if (arn.startsWith('role/', at)) {
    return arn.startsWith(':iam:', arn.indexOf(':', 4)) ? arn : iamRole(arn, at + 'role/'.length, arn.length);
  }
  if (!arn.startsWith('assumed-role/', at)) {
    return undefined;
  }
  const nameAt = at + 'assumed-role/'.length;
  const slash = arn.indexOf('/', nameAt);
  return iamRole(arn, nameAt, slash === -1 ? arn.length : slash);
}

function iamRole(arn: string, nameAt: number, nameEnd: number): string | undefined {
  const name = arn.slice(nameAt, nameEnd);
  return name === '' ? undefined : `arn:${partitionOfArn(arn)}:iam::${accountOfArn(arn) ?? ''}:role/${name}`;
}

/** The session name in an assumed-role ARN, behind the role's name. */
export function sessionOfRoleArn(arn: string): string | undefined {
  const at = resourceStart(arn);
  if (at === undefined || !arn.startsWith('assumed-role/', at)) {
    return undefined;
  }
  const slash = arn.indexOf('/', at + 'assumed-role/'.length);
  return slash === -1 || slash + 1 === arn.length ? undefined : arn.slice(slash + 1);
}

/** The partition in an ARN: `aws`, `aws-cn`. */
export function partitionOfArn(arn: string): string {
  return arn.slice(4, arn.indexOf(':', 4));
}

/** The account in an ARN; undefined if it has none. */
export function accountOfArn(arn: string): string | undefined {
  const end = resourceStart(arn);
  if (end === undefined) {
    return undefined;
  }
  const account = arn.slice(arn.lastIndexOf(':', end - 2) + 1, end - 1);
  return account === '' ? undefined : account;
}

/** The offset of the resource in `arn:partition:service:region:account:resource`, which may contain colons itself. */
function resourceStart(arn: string): number | undefined {
  if (!arn.startsWith('arn:')) {
    return undefined;
  }
  let colon = 3;
  for (let part = 0; part < 4; part++) {
    colon = arn.indexOf(':', colon + 1);
    if (colon === -1) {
      return undefined;
    }
  }
  return colon + 1;
}
