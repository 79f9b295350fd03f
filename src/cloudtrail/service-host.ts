/**
 * What CloudTrail writes where a part of AWS calls that it does not name. `&AWS; Internal` is how scraped
 * documentation spells it.
 */
export function isAwsInternal(caller: string): boolean {
  return caller === 'AWS Internal' || caller.startsWith('AWS Internal/') || caller === '&AWS; Internal';
}

/**
 * Whether an `invokedBy` names a service, as `s3.amazonaws.com` or `workmail.eu-west-1.amazonaws.com` does, and
 * not `AWS Internal`, an account's root ARN or some other text.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
 */
export function isServiceHost(caller: string): boolean {
  return caller.includes('.') && !caller.includes(' ') && !caller.includes(':') && !caller.includes('/');
}
