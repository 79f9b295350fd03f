import { pseudoRoleOf } from '../cloudtrail/aws-pseudo-role.ts';
import type { InspectedUse } from './inspected-use.ts';

/** The id in verdicts on what AWS does by itself. No expectation may have it. */
export const AWS_INFRASTRUCTURE = 'aws-infrastructure';

/**
 * What KMS does to a key by itself, according to the key's settings.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
 */
const OF_KMS = new Set(['DeleteExpiredKeyMaterial', 'DeleteKey', 'RotateKey', 'SynchronizeMultiRegionKey']);

/**
 * Whether a use is AWS's own: by an instance for its volume, which needs a grant that somebody created, or by KMS itself.
 * Neither can manage a key.
 */
export function isInfrastructureUse({ principal: { type, id }, category, operation }: InspectedUse): boolean {
  if (id === undefined) return false;
  if (type === 'service') return id === 'kms.amazonaws.com' && OF_KMS.has(operation);
  // The key owner's copy of a cross-account use has the type account, and the pseudo role as its principal id.
  if (category === 'management' || (type !== 'role' && type !== 'account')) return false;
  return id.endsWith('-infrastructure') && isInfrastructureGrantee(id);
}

/** Whether the grantee of a grant is AWS's own, `<account>:aws:ec2-infrastructure:i-…`. */
export function isInfrastructureGrantee(grantee: string): boolean {
  return pseudoRoleOf(grantee)?.endsWith('-infrastructure') === true;
}
