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

/** The ARNs that `resources[]` holds, each by the side that it is of. */
type Sides = { readonly source?: KeyArn | undefined; readonly destination?: KeyArn | undefined };

/**
 * The two keys of a `ReEncrypt`. `resources[]` has the source's before the destination's; the request always
 * names the destination, and the source only if the caller did, since the ciphertext tells KMS.
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
 * One ARN alone, as where the other key is another account's or could not be told from the ciphertext. It is of
 * the side that the request names so, of both if both; of the other side where the request names one side's key
 * otherwise; and the source's where the request does not tell, because the source comes first.
 */
function sideOfOnly(arn: KeyArn, source: string | undefined, destination: string | undefined): Sides {
  const isSource = isArnOf(arn, source);
  const isDestination = isArnOf(arn, destination);
  if (isSource || isDestination) {
    return { source: isSource ? arn : undefined, destination: isDestination ? arn : undefined };
  }
  return isOtherKey(source) ? { destination: arn } : { source: arn };
}

/** Whether a name, known not to be of some ARN, is of another key. An alias may be of any. */
function isOtherKey(name: string | undefined): boolean {
  return name !== undefined && !name.includes('alias/');
}

/** A denial names the side by its action, `kms:ReEncryptFrom` or `kms:ReEncryptTo`; another error by the key. */
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
