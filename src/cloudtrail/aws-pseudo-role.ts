/**
 * The pseudo role of AWS in a principal's id or ARN, such as `aws:ec2-infrastructure`, which decrypts a volume's key for
 * the instance that the volume is attached to; undefined for other principals. IAM allows no colon in role names, so
 * nobody can create such a role.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2two.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function pseudoRoleOf(principal: string): string | undefined {
  return PSEUDO_ROLE.exec(principal)?.[1];
}

/**
 * `<account>:aws:ec2-infrastructure[:i-…]`, in another account's copy with `<account>/` in front, or an ARN of `role/…` or
 * `assumed-role/…` with that name.
 */
const PSEUDO_ROLE =
  /^(?:(?:\d{12}\/)?\d{12}:|arn:[a-z0-9-]+:(?:iam|sts)::\d{12}:(?:assumed-)?role\/)(aws:[a-z0-9-]+)(?:[:/]|$)/;
