import { textIn } from '../cloudtrail/json-members.ts';
import { isArnOf, isKeyArn } from './key-arn.ts';
import { keyInMessage } from './key-in-message.ts';
import { type KeyReference, keyArnOfName, keyArnPassed, referenceTo } from './key-reference.ts';
import type { KeyArn } from './key-use.ts';
import type { KmsRecord } from './kms-record.ts';

export interface ReEncryptKeys {
  readonly source: KeyReference;
  readonly destination: KeyReference;
}

/** The source's and the destination's ARN, as far as `resources[]` or a message has them. */
type Sides = { readonly source?: KeyArn | undefined; readonly destination?: KeyArn | undefined };

/**
 * The two keys of a `ReEncrypt`. `resources[]` has the source before the destination. The request always names the
 * destination; it names the source only if the caller did, because KMS finds it from the ciphertext.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-reencrypt.html
 */
export function reEncryptKeys(record: KmsRecord): ReEncryptKeys {
  const sourceName = textIn(record.request?.sourceKeyId);
  const destinationName = textIn(record.request?.destinationKeyId);
  const inResources = sidesOf(record.resourceArns.filter(isKeyArn), sourceName, destinationName);
  const inMessage = sideInMessage(record.errorMessage, sourceName, destinationName);
  return {
    source: sideReference(record, inResources.source, sourceName, inMessage.source),
    destination: sideReference(record, inResources.destination, destinationName, inMessage.destination),
  };
}

function sideReference(
  record: KmsRecord,
  inResources: KeyArn | undefined,
  name: string | undefined,
  inMessage: KeyArn | undefined,
): KeyReference {
  const inRecord = inResources ?? keyArnPassed(name);
  if (inRecord !== undefined) {
    return referenceTo(inRecord, 'record', name);
  }
  if (inMessage !== undefined) {
    return referenceTo(inMessage, 'message', name);
  }
  const ofId = keyArnOfName(record, name);
  if (ofId !== undefined) {
    return referenceTo(ofId, 'id', name);
  }
  return name === undefined ? {} : { keyRef: name };
}

function sidesOf(
  arns: readonly KeyArn[],
  source: string | undefined,
  destination: string | undefined,
): Sides {
  const [first, second] = arns;
  if (first === undefined) {
    return {};
  }
  if (second === undefined) {
    return sideOfOnly(first, source, destination);
  }
  const isSwapped = isArnOf(first, destination) && !isArnOf(second, destination) && !isArnOf(first, source);
  return isSwapped ? { source: second, destination: first } : { source: first, destination: second };
}

/**
 * Assigns a single ARN, as when the other key is in another account or unknown from the ciphertext. It belongs to the
 * side, or both sides, that the request names by it. If the request names another key as the source, it is the
 * destination's. Otherwise it is the source's, because the source comes first.
 */
function sideOfOnly(arn: KeyArn, source: string | undefined, destination: string | undefined): Sides {
  const isSource = isArnOf(arn, source);
  const isDestination = isArnOf(arn, destination);
  if (isSource || isDestination) {
    return { source: isSource ? arn : undefined, destination: isDestination ? arn : undefined };
  }
  return isOtherKey(source) ? { destination: arn } : { source: arn };
}

/** Whether a name that does not match an ARN is another key's. An alias may be any key's. */
function isOtherKey(name: string | undefined): boolean {
  return name !== undefined && !name.includes('alias/');
}

/** A denial shows the side by the action, `kms:ReEncryptFrom` or `kms:ReEncryptTo`; other errors by the key. */
function sideInMessage(
  message: string | undefined,
  source: string | undefined,
  destination: string | undefined,
): Sides {
  const arn = message === undefined ? undefined : keyInMessage(message).keyArn;
  if (message === undefined || arn === undefined) {
    return {};
  }
  if (message.includes('kms:ReEncryptFrom') || isArnOf(arn, source)) {
    return { source: arn };
  }
  if (message.includes('kms:ReEncryptTo') || isArnOf(arn, destination) || !isOtherKey(destination)) {
    return { destination: arn };
  }
  return { source: arn };
}
