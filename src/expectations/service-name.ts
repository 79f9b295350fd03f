import { AWS_DNS_SUFFIX } from '../cloudtrail/aws-dns-suffix.ts';

/** The Region in `sagemaker-geospatial.us-west-2.amazonaws.com`. */
const REGION = new RegExp(String.raw`\.[a-z]{2,4}(?:-[a-z]+)+-\d+(?=\.${AWS_DNS_SUFFIX}$)`);

/**
 * A service's name without its Region: grants name `x.us-west-2.amazonaws.com`, while the service's calls come from
 * `x.amazonaws.com`.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/geospatial-kms.html
 */
export function serviceName(host: string): string {
  return host.replace(REGION, '');
}
