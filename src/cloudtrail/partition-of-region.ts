/** The partitions apart from `aws`, by how the names of their Regions begin. The longer of two prefixes first. */
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
 * The second part of an ARN in that Region.
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
