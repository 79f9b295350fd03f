import type { KeyUse, OperationCategory } from './key-use.ts';

/**
 * Every operation that does not manage keys. Variants of `GenerateDataKey`, also future ones, are known by the prefix.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-cryptography.html#cryptographic-operations
 */
const categoryByOperation: ReadonlyMap<string, OperationCategory> = new Map([
  ['Decrypt', 'cryptographic'],
  ['DeriveSharedSecret', 'cryptographic'],
  ['Encrypt', 'cryptographic'],
  ['GenerateDataKey', 'cryptographic'],
  ['GenerateMac', 'cryptographic'],
  ['GenerateRandom', 'cryptographic'],
  ['ReEncrypt', 'cryptographic'],
  ['Sign', 'cryptographic'],
  ['Verify', 'cryptographic'],
  ['VerifyMac', 'cryptographic'],
  ['CreateGrant', 'grant'],
  ['RetireGrant', 'grant'],
  ['RevokeGrant', 'grant'],
]);

/** The category of an `eventName` of KMS. An unknown operation counts as management. */
export function operationCategory(operation: string): OperationCategory {
  return (
    categoryByOperation.get(operation) ??
    (operation.startsWith('GenerateDataKey') ? 'cryptographic' : 'management')
  );
}

/** Whether an operation only reads what keys there are, or how one is set up. That is no use of the key. */
export function isReadOnlyCall({ category, operation }: Pick<KeyUse, 'category' | 'operation'>): boolean {
  return category === 'management' && /^(?:Describe|Get|List)/.test(operation);
}
