import { isAliasArn, isKeyArn, isKeyId, maxKeyArnLength } from './key-arn.ts';
import type { KeyArn } from './key-use.ts';

export interface NamedInMessage {
  readonly keyArn?: KeyArn;
  readonly aliasArn?: string;
}

/** CloudTrail cuts `errorMessage` at 1 KB: an ARN that ends close to there may not be whole. */
const cutFrom = 1000;

/**
 * The key that an `errorMessage` names by ARN, `… is not authorized to perform: kms:Decrypt on resource:
 * arn:aws:kms:…:key/…` or `Key 'arn:aws:kms:…:key/…' does not exist`, else the alias.
 *
 * In a denial only the text behind ` on resource: ` counts. The caller's ARN comes before it, and the path of a user can
 * be chosen to look like a key ARN.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function keyInMessage(message: string): NamedInMessage {
  const isDenial = message.includes('is not authorized to perform');
  const resource = message.lastIndexOf(' on resource: ');
  if (isDenial && resource === -1) {
    return {};
  }
  let aliasArn: string | undefined;
  let at = message.indexOf('arn:', isDenial ? resource : 0);
  while (at !== -1) {
    const end = endOfArn(message, at);
    const arn = message.slice(at, end);
    if (arn.length <= maxKeyArnLength && isKeyArn(arn)) {
      const isSurelyWhole = end < message.length || end < cutFrom || isKeyId(arn.slice(arn.indexOf('/') + 1));
      return isSurelyWhole ? { keyArn: arn } : {};
    }
    if (aliasArn === undefined && end < cutFrom && isAliasArn(arn)) {
      aliasArn = arn;
    }
    at = isDenial ? -1 : message.indexOf('arn:', end);
  }
  return aliasArn === undefined ? {} : { aliasArn };
}

/** The end of a KMS ARN: before the first character that such an ARN cannot have. */
function endOfArn(message: string, start: number): number {
  let end = start;
  while (end < message.length && isPartOfArn(message.charCodeAt(end))) {
    end++;
  }
  // The full stop of the sentence.
  return message.charCodeAt(end - 1) === 0x2e ? end - 1 : end;
}

/** Letters, digits, and `-`, `.`, `/`, `:`, `_`. */
function isPartOfArn(unit: number): boolean {
  return (
    (unit >= 0x2d && unit <= 0x3a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x5f ||
    (unit >= 0x61 && unit <= 0x7a)
  );
}
