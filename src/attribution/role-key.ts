import { roleArnOf } from '../cloudtrail/identity-arn.ts';

/**
 * Identifies a role by its ARN without the path. Role names are unique in an account whatever the path, and an
 * assumed-role ARN, which is all that some records have, lacks the path.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
 */
export function roleKeyOf(arn: string): string | undefined {
  const role = roleArnOf(arn);
  if (role === undefined) {
    return undefined;
  }
  const path = role.indexOf('role/') + 'role/'.length;
  const name = role.lastIndexOf('/') + 1;
  return name <= path ? role : `${role.slice(0, path)}${role.slice(name)}`;
}

/** The name of the role. */
export function roleNameOf(roleKey: string): string {
  return roleKey.slice(roleKey.lastIndexOf('/') + 1);
}
