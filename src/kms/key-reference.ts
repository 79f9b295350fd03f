import { textIn } from '../cloudtrail/json-members.ts';
import {
  isAliasArn,
  isArnOf,
  isKeyArn,
  isKeyId,
  keyArnOfBareArn,
  keyArnOfId,
  maxKeyArnLength,
} from './key-arn.ts';
import { keyInMessage } from './key-in-message.ts';
import type { KeyArn, KeyFrom } from './key-use.ts';
import type { KmsRecord } from './kms-record.ts';

/** The key that a record is about, and how the record names it. */
export interface KeyReference {
  readonly keyArn?: KeyArn;
  readonly keyFrom?: KeyFrom;
  readonly keyRef?: string;
}

/**
 * The key of any operation but `ReEncrypt`: an ARN in the record, with `resources[]` before the response, the request
 * and the details of a service event; else an ARN in the error message; else the ARN for a bare id, which KMS looks up
 * in the caller's account and Region. An alias alone gives a reference and no key.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
 */
export function keyReference(record: KmsRecord): KeyReference {
  const isOfAlias = isAliasOperation(record.operation);
  const { request, resourceArns } = record;
  const named =
    textIn(isOfAlias ? request?.targetKeyId : request?.keyId) ?? textIn(record.serviceDetails?.keyId);
  const aliasName = isOfAlias ? (textIn(request?.aliasName) ?? resourceArns.find(isAliasArn)) : undefined;
  const called = aliasName ?? named;

  const inRecord = keyArnInRecord(record, named);
  if (inRecord !== undefined) {
    return referenceTo(inRecord, 'record', called);
  }
  const inMessage = record.errorMessage === undefined ? undefined : keyInMessage(record.errorMessage);
  if (inMessage?.keyArn !== undefined) {
    return referenceTo(inMessage.keyArn, 'message', called);
  }
  const ofId = keyArnOfName(record, named) ?? firstDefined(resourceArns, keyArnOfBareArn);
  if (ofId !== undefined) {
    return referenceTo(ofId, 'id', called ?? resourceArns[0]);
  }
  const keyRef = called ?? resourceArns[0] ?? inMessage?.aliasArn;
  return keyRef === undefined ? {} : { keyRef };
}

/** @param called the record's name for the key, kept as `keyRef` unless it is the ARN */
export function referenceTo(keyArn: KeyArn, keyFrom: KeyFrom, called: string | undefined): KeyReference {
  return called === undefined || called === keyArn
    ? { keyArn, keyFrom }
    : { keyArn, keyFrom, keyRef: called };
}

/** The caller's name for a key, if it is a key ARN. */
export function keyArnPassed(name: string | undefined): KeyArn | undefined {
  return name !== undefined && name.length <= maxKeyArnLength && isKeyArn(name) ? name : undefined;
}

/** The ARN for a bare id. It is in the caller's account, because only an ARN can name another account's key. */
export function keyArnOfName(record: KmsRecord, name: string | undefined): KeyArn | undefined {
  if (name === undefined || !isKeyId(name)) {
    return undefined;
  }
  return (
    keyArnOfId(name, record.callerAccountId, record.region) ??
    keyArnOfId(name, record.recipientAccountId, record.region)
  );
}

function keyArnInRecord(record: KmsRecord, named: string | undefined): KeyArn | undefined {
  return (
    keyArnInResources(record, named) ??
    keyArnWritten(record.response?.keyId) ??
    keyArnWritten(record.keyMetadata?.arn) ??
    keyArnPassed(named)
  );
}

function keyArnWritten(value: unknown): KeyArn | undefined {
  return typeof value === 'string' && isKeyArn(value) ? value : undefined;
}

/**
 * The key ARN among the resources. Of several, such as a multi-Region key and its replica, it prefers the one that the
 * request names, then the one in the record's Region, then the first.
 */
function keyArnInResources(record: KmsRecord, named: string | undefined): KeyArn | undefined {
  const [only] = record.resourceArns;
  if (record.resourceArns.length === 1) {
    return keyArnWritten(only);
  }
  let best: KeyArn | undefined;
  let bestRank = -1;
  for (const arn of record.resourceArns) {
    if (isKeyArn(arn)) {
      const rank = (isArnOf(arn, named) ? 2 : 0) + (arn.includes(`:kms:${record.region}:`) ? 1 : 0);
      if (rank > bestRank) {
        best = arn;
        bestRank = rank;
      }
    }
  }
  return best;
}

/** Whether the request names an alias, with the key as its target. */
function isAliasOperation(operation: string): boolean {
  return operation === 'CreateAlias' || operation === 'UpdateAlias' || operation === 'DeleteAlias';
}

function firstDefined<From, To>(
  items: readonly From[],
  convert: (item: From) => To | undefined,
): To | undefined {
  for (const item of items) {
    const converted = convert(item);
    if (converted !== undefined) {
      return converted;
    }
  }
  return undefined;
}
