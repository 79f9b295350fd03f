/**
 * The pseudo role of AWS that a principal's id or ARN names, as `aws:ec2-infrastructure`, which decrypts a volume's key
 * for the instance it is attached to; undefined of others. IAM takes no colon in a role's name, so nobody can make one.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2two.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function pseudoRoleOf(principal: string): string | undefined {
  return PSEUDO_ROLE.exec(principal)?.[1];
}

/**
 * `<account>:aws:ec2-infrastructure[:i-…]`, with the account before it where another account's copy tells it, or an ARN
 * of `role/…` or `assumed-role/…` with the same name.
 */
const PSEUDO_ROLE =
  /^(?:(?:\d{12}\/)?\d{12}:|arn:[a-z0-9-]+:(?:iam|sts)::\d{12}:(?:assumed-)?role\/)(aws:[a-z0-9-]+)(?:[:/]|$)/;
