/**
 * Whether a caller is `AWS Internal`, as CloudTrail calls a part of AWS that it does not name. Scraped documentation has
 * `&AWS; Internal`.
 */
export function isAwsInternal(caller: string): boolean {
  return caller === 'AWS Internal' || caller.startsWith('AWS Internal/') || caller === '&AWS; Internal';
}

/**
 * Whether an `invokedBy` is the host of a service, such as `s3.amazonaws.com` or `workmail.eu-west-1.amazonaws.com`,
 * and not `AWS Internal`, an account's root ARN or another text.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
 */
export function isServiceHost(caller: string): boolean {
  return caller.includes('.') && !caller.includes(' ') && !caller.includes(':') && !caller.includes('/');
}
