/** The Region in an ARN, as a client setting; empty for any other name. */
export function regionOf(arn: string): { readonly region?: string } {
  const region = arn.split(':')[3];
  return region === undefined || region === '' ? {} : { region };
}
