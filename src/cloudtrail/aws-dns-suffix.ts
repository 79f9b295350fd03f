/**
 * The DNS suffixes of AWS's partitions as part of a regular expression: of the public ones, China, the European
 * Sovereign Cloud and the isolated ones.
 * @see https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
 */
export const AWS_DNS_SUFFIX = String.raw`(?:amazonaws\.(?:com(?:\.cn)?|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)`;
