import { pseudoRoleOf } from '../cloudtrail/aws-pseudo-role.ts';
import type { InspectedUse } from './inspected-use.ts';

/** The id by which verdicts tell of what AWS does by itself; no expectation has it. */
export const AWS_INFRASTRUCTURE = 'aws-infrastructure';

/**
 * What KMS does to a key by itself, as the key's own settings ask of it.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
 */
const OF_KMS = new Set(['DeleteExpiredKeyMaterial', 'DeleteKey', 'RotateKey', 'SynchronizeMultiRegionKey']);

/**
 * Whether a use is AWS's own: what an instance's volume needs, which a grant must allow that somebody else made, and
 * what KMS does by itself. Neither can manage a key.
 */
export function isInfrastructureUse({ principal: { type, id }, category, operation }: InspectedUse): boolean {
  if (id === undefined) return false;
  if (type === 'service') return id === 'kms.amazonaws.com' && OF_KMS.has(operation);
  // The owner's copy of a cross-account use tells an account, and the pseudo role as its principal id.
  if (category === 'management' || (type !== 'role' && type !== 'account')) return false;
  return id.endsWith('-infrastructure') && isInfrastructureGrantee(id);
}

/** The same of a principal that is given a grant, `<account>:aws:ec2-infrastructure:i-…`. */
export function isInfrastructureGrantee(grantee: string): boolean {
  return pseudoRoleOf(grantee)?.endsWith('-infrastructure') === true;
}
