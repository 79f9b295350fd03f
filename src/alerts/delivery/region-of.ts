/** The Region of a thing in AWS, for its client; empty where it is named otherwise than by an ARN. */
export function regionOf(arn: string): { readonly region?: string } {
  const region = arn.split(':')[3];
  return region === undefined || region === '' ? {} : { region };
}
