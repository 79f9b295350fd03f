import type { CloudTrailRecord } from '../cloudtrail/cloud-trail-record.ts';
import { isObject, type Members, objectIn, parsedJson, textIn } from '../cloudtrail/json-members.ts';

type RequestParameters = Members<
  | 'aliasName'
  | 'constraints'
  | 'customKeyStoreId'
  | 'destinationAAD'
  | 'destinationEncryptionContext'
  | 'destinationKeyId'
  | 'encryptionContext'
  | 'grantId'
  | 'granteePrincipal'
  | 'granteeServicePrincipal'
  | 'keyId'
  | 'keyMaterialId'
  | 'operations'
  | 'policy'
  | 'retiringPrincipal'
  | 'retiringServicePrincipal'
  | 'sourceAAD'
  | 'sourceEncryptionContext'
  | 'sourceKeyId'
  | 'targetKeyId'
  | 'xksKeyId'
>;

type KeyMetadata = Members<'arn' | 'currentKeyMaterialId' | 'customKeyStoreId' | 'xksKeyConfiguration'>;

/**
 * A KMS record with its parts opened, wherever they stood: `requestParameters` and the rest may be `null`, `""`
 * or JSON in a string, and are absent or read then.
 */
export interface KmsRecord {
  readonly operation: string;
  readonly region: string | undefined;
  readonly callerAccountId: string | undefined;
  readonly recipientAccountId: string | undefined;
  readonly request: RequestParameters | undefined;
  readonly response: Members<'customKeyStoreId' | 'grantId' | 'keyId' | 'keyMaterialId'> | undefined;
  readonly keyMetadata: KeyMetadata | undefined;
  readonly additional:
    | Members<
        | 'customKeyStoreId'
        | 'destinationKeyMaterialId'
        | 'grantId'
        | 'keyMaterialId'
        | 'sourceKeyMaterialId'
        | 'xksKeyId'
      >
    | undefined;
  readonly serviceDetails: Members<'currentKeyMaterialId' | 'keyId' | 'keyMaterialId'> | undefined;
  /** The ARNs of `resources[]`, of keys and of aliases, in their order. */
  readonly resourceArns: readonly string[];
  readonly errorMessage: string | undefined;
}

export function openedKmsRecord(
  record: CloudTrailRecord,
  operation: string,
  callerAccountId: string | undefined,
): KmsRecord {
  const response = objectIn<'customKeyStoreId' | 'grantId' | 'keyId' | 'keyMaterialId' | 'keyMetadata'>(
    record.responseElements,
  );
  return {
    operation,
    region: textIn(record.awsRegion),
    callerAccountId,
    recipientAccountId: textIn(record.recipientAccountId),
    request: objectIn(record.requestParameters),
    response,
    keyMetadata: response?.keyMetadata === undefined ? undefined : objectIn(response.keyMetadata),
    additional: objectIn(record.additionalEventData),
    serviceDetails: objectIn(record.serviceEventDetails),
    resourceArns: arnsIn(record.resources),
    errorMessage: textIn(record.errorMessage),
  };
}

const none: readonly string[] = [];

function arnsIn(resources: unknown): readonly string[] {
  if (Array.isArray(resources)) {
    return arnsInList(resources);
  }
  if (isObject(resources)) {
    return arnsInList([resources]);
  }
  const parsed = typeof resources === 'string' ? parsedJson(resources) : undefined;
  return parsed === undefined ? none : arnsInList(Array.isArray(parsed) ? parsed : [parsed]);
}

/** CloudTrail writes `ARN`; normalised copies of its records have `arn`. */
function arnsInList(resources: readonly unknown[]): readonly string[] {
  const arns: string[] = [];
  for (const resource of resources) {
    const arn = isObject<'ARN' | 'arn'>(resource)
      ? (textIn(resource.ARN) ?? textIn(resource.arn))
      : undefined;
    if (arn !== undefined) {
      arns.push(arn);
    }
  }
  return arns;
}
