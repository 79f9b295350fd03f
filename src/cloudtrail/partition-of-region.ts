/** The partitions other than `aws`, by the prefix of their Regions. Longer prefixes come first. */
const partitionByPrefix: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

/**
 * The partition of a Region: the second part of its ARNs.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function partitionOfRegion(region: string | undefined): string {
  if (region !== undefined) {
    for (const [prefix, partition] of partitionByPrefix) {
      if (region.startsWith(prefix)) {
        return partition;
      }
    }
  }
  return 'aws';
}
