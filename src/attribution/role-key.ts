import { roleArnOf } from '../cloudtrail/identity-arn.ts';

/**
 * A role by its ARN without the path: names are unique in an account whatever the path, and an assumed-role ARN,
 * all that some records have, lacks it.
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

/** The role's name, for a sentence. */
export function roleNameOf(roleKey: string): string {
  return roleKey.slice(roleKey.lastIndexOf('/') + 1);
}
