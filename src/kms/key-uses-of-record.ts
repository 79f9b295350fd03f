import { boundedText, type CutMembers } from '../cloudtrail/bounded-text.ts';
import type { CloudTrailRecord, UserIdentity } from '../cloudtrail/cloud-trail-record.ts';
import { joinInputsOf } from '../cloudtrail/join-inputs.ts';
import { objectIn, textIn } from '../cloudtrail/json-members.ts';
import { type Quarantined, quarantined } from '../cloudtrail/quarantined.ts';
import { recordHeading } from '../cloudtrail/record-heading.ts';
import { encryptionContextOf } from './encryption-context.ts';
import { maxKeyArnLength } from './key-arn.ts';
import { type KeyReference, keyReference } from './key-reference.ts';
import type { KeyUse } from './key-use.ts';
import { type KmsRecord, openedKmsRecord } from './kms-record.ts';
import { reEncryptKeys } from './re-encrypt-keys.ts';
import { isTooLargeToKeep, maxWholeLength } from './too-large-to-keep.ts';
import { type DraftUse, useWithoutKey } from './use-without-key.ts';

export interface KeyUsesOptions {
  /** A keyed hash: the id itself is never kept. */
  readonly hashAccessKey: (accessKeyId: string) => string;
}

export type KeyUses = readonly [KeyUse] | readonly [KeyUse, KeyUse];

/**
 * The uses in a record of `kms.amazonaws.com`: two for `ReEncrypt`, one for any other operation, even one that names no
 * key; or the reason for quarantine.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
 */
export function keyUsesOfRecord(record: CloudTrailRecord, options: KeyUsesOptions): KeyUses | Quarantined {
  const heading = recordHeading(record);
  if ('kind' in heading) {
    return heading;
  }
  const identity: UserIdentity | undefined = objectIn(record.userIdentity);
  const opened = openedKmsRecord(record, heading.operation, textIn(identity?.accountId));
  const join = joinInputsOf(identity, options.hashAccessKey);
  const cut: CutMembers = { names: undefined };
  let uses: KeyUses;
  try {
    const use = useWithoutKey(record, heading, opened, identity, cut);
    if (join !== undefined) {
      use.join = join;
    }
    uses =
      heading.operation === 'ReEncrypt' ? usesOfBothKeys(use, opened, cut) : [useOfItsKey(use, opened, cut)];
  } catch (error) {
    if (error instanceof RangeError) {
      return quarantined('bad-member-type', 'A member of the record is nested too deeply to be kept.', true);
    }
    throw error;
  }
  if (uses.some(isTooLargeToKeep)) {
    return quarantined(
      'too-large',
      `The encryption context or grant of the record has more than ${maxWholeLength} characters.`,
      true,
    );
  }
  return uses.some(hasBrokenArn)
    ? quarantined('too-large', `The key ARN of the record has more than ${maxKeyArnLength} characters.`, true)
    : uses;
}

function useOfItsKey(use: DraftUse, record: KmsRecord, cut: CutMembers): KeyUse {
  const context = encryptionContextOf(record.request?.encryptionContext, 'encryptionContext');
  if (context !== undefined) {
    use.encryptionContext = context;
  }
  addKey(use, keyReference(record), cut);
  return use;
}

function usesOfBothKeys(use: DraftUse, record: KmsRecord, cut: CutMembers): readonly [KeyUse, KeyUse] {
  const keys = reEncryptKeys(record);
  const { request } = record;
  const source: DraftUse = { ...use, keyRole: 'source' };
  const sourceContext =
    encryptionContextOf(request?.sourceEncryptionContext, 'sourceEncryptionContext') ??
    encryptionContextOf(request?.sourceAAD, 'sourceAAD');
  if (sourceContext !== undefined) {
    source.encryptionContext = sourceContext;
  }
  addMaterial(source, record.additional?.sourceKeyMaterialId);
  addKey(source, keys.source, { names: cut.names?.slice() });

  const destination: DraftUse = { ...use, keyRole: 'destination' };
  const destinationContext =
    encryptionContextOf(request?.destinationEncryptionContext, 'destinationEncryptionContext') ??
    encryptionContextOf(request?.destinationAAD, 'destinationAAD');
  if (destinationContext !== undefined) {
    destination.encryptionContext = destinationContext;
  }
  addMaterial(destination, record.additional?.destinationKeyMaterialId);
  addKey(destination, keys.destination, { names: cut.names?.slice() });
  return [source, destination];
}

function addMaterial(use: DraftUse, value: unknown): void {
  const keyMaterialId = boundedText(value, 'keyMaterialId', { names: undefined });
  if (keyMaterialId !== undefined) use.keyMaterialId = keyMaterialId;
}

function addKey(use: DraftUse, key: KeyReference, cut: CutMembers): void {
  if (key.keyArn !== undefined && key.keyFrom !== undefined) {
    use.keyArn = key.keyArn;
    use.keyFrom = key.keyFrom;
  }
  const keyRef = boundedText(key.keyRef, 'keyRef', cut);
  if (keyRef !== undefined) {
    use.keyRef = keyRef;
  }
  if (cut.names !== undefined) {
    use.truncated = cut.names;
  }
}

/** Only of what AWS wrote: a longer text that a caller passed is not taken for an ARN. */
function hasBrokenArn(use: KeyUse): boolean {
  return use.keyArn !== undefined && use.keyArn.length > maxKeyArnLength;
}
