import type { KeyUse, OperationCategory } from './key-use.ts';
import { CRYPTOGRAPHIC_OPERATIONS, GRANT_OPERATIONS, MANAGEMENT_OPERATIONS } from './kms-operations.ts';

const cryptographicOperations: ReadonlySet<string> = new Set(CRYPTOGRAPHIC_OPERATIONS);
const grantOperations: ReadonlySet<string> = new Set(GRANT_OPERATIONS);
const managementOperations: ReadonlySet<string> = new Set(MANAGEMENT_OPERATIONS);

/**
 * The category of an `eventName` of KMS. An operation that this version does not know may use key material, so it counts
 * as cryptographic; only `Describe…` and `List…` never do.
 */
export function operationCategory(operation: string): OperationCategory {
  // Nearly every record is of one of these.
  if (cryptographicOperations.has(operation)) return 'cryptographic';
  if (grantOperations.has(operation)) return 'grant';
  return managementOperations.has(operation) || /^(?:Describe|List)[A-Z]/.test(operation)
    ? 'management'
    : 'cryptographic';
}

/** Whether an operation only reads what keys there are, or how one is set up. That is no use of the key. */
export function isReadOnlyCall({ category, operation }: Pick<KeyUse, 'category' | 'operation'>): boolean {
  return category === 'management' && /^(?:Describe|Get|List)/.test(operation);
}
