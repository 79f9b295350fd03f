import type { KeyUse } from './key-use.ts';

/** Whether a use encrypts data with the key, or makes a key that encrypts data. `ReEncrypt` does with its destination. */
export function isEncrypting({
  operation,
  keyRole,
}: {
  readonly operation: string;
  readonly keyRole?: KeyUse['keyRole'] | undefined;
}): boolean {
  if (operation === 'ReEncrypt') return keyRole !== 'source';
  return operation === 'Encrypt' || operation === 'Encapsulate' || operation.startsWith('GenerateDataKey');
}
