import type { KeyUse, OperationCategory } from './key-use.ts';

/**
 * Every operation that is not the management of keys. `GenerateDataKey` has variants, and may get more of them:
 * they are known by their prefix.
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

/** What an `eventName` of KMS does; an operation that is not known manages. */
export function operationCategory(operation: string): OperationCategory {
  return (
    categoryByOperation.get(operation) ??
    (operation.startsWith('GenerateDataKey') ? 'cryptographic' : 'management')
  );
}

/** Looking at what a key is, or which there are, is no use of it. */
export function isReadOnlyCall({ category, operation }: Pick<KeyUse, 'category' | 'operation'>): boolean {
  return category === 'management' && /^(?:Describe|Get|List)/.test(operation);
}
