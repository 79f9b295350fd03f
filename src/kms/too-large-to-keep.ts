import type { EncryptionContext } from './encryption-context.ts';
import type { KeyUse } from './key-use.ts';

/**
 * The longest encryption context and grant that a row keeps whole, in UTF-16 units. KMS accepts 8 KB of an encryption
 * context, so only a forged record has more. Two folded copies of this length fit one item of the table.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export const maxWholeLength = 32_768;

/** The characters between two texts in JSON: `"":"",`. */
const betweenPairs = 6;

/** Whether a use is too long for a row. Every other text of it has its own bound. */
export function isTooLargeToKeep({ encryptionContext, grant }: KeyUse): boolean {
  let length = encryptionContext === undefined ? 0 : lengthOf(encryptionContext);
  if (grant !== undefined) {
    for (const operation of grant.operations ?? []) {
      length += operation.length + betweenPairs;
    }
    for (const [name, pairs] of Object.entries(grant.constraints ?? {})) {
      length += name.length + betweenPairs + lengthOf(pairs);
    }
  }
  return length > maxWholeLength;
}

function lengthOf(pairs: EncryptionContext): number {
  let length = 0;
  for (const name in pairs) {
    length += name.length + (pairs[name]?.length ?? 0) + betweenPairs;
  }
  return length;
}
