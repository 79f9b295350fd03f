import { createHash } from 'node:crypto';
import { boundedText, type CutMembers } from '../cloudtrail/bounded-text.ts';
import type { CloudTrailRecord, UserIdentity } from '../cloudtrail/cloud-trail-record.ts';
import { objectIn, textIn } from '../cloudtrail/json-members.ts';
import { principalOf } from '../cloudtrail/principal.ts';
import type { RecordHeading } from '../cloudtrail/record-heading.ts';
import { isAwsInternal } from '../cloudtrail/service-host.ts';
import { grantDetailOf } from './grant-detail.ts';
import type { KeyUse } from './key-use.ts';
import type { KmsRecord } from './kms-record.ts';
import { operationCategory } from './operation-category.ts';
import { outcomeOf } from './outcome.ts';
import { policyDetailOf } from './policy-detail.ts';

export type DraftUse = { -readonly [Member in keyof KeyUse]: KeyUse[Member] };

/** An account id has 12 digits. Anonymised ids may be longer, but not longer than this. */
const maxAccountIdLength = 64;

/**
 * The parts of a use that do not depend on the key.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function useWithoutKey(
  record: CloudTrailRecord,
  heading: RecordHeading,
  opened: KmsRecord,
  identity: UserIdentity | undefined,
  cut: CutMembers,
): DraftUse {
  const errorCode = boundedText(record.errorCode, 'errorCode', cut);
  const operation = boundedText(heading.operation, 'operation', cut) ?? heading.operation;
  const category = operationCategory(operation);
  const use: DraftUse = {
    eventId: heading.eventId,
    eventTimeMs: heading.eventTimeMs,
    operation,
    category,
    outcome: outcomeOf(errorCode, opened.errorMessage),
    principal: principalOf(identity, opened.region, cut),
  };
  const accountId = opened.recipientAccountId ?? accountIdIn(identity?.accountId);
  if (accountId !== undefined) {
    use.accountId = accountId;
  }
  if (opened.region !== undefined) {
    use.region = opened.region;
  }
  if (errorCode !== undefined) {
    use.errorCode = errorCode;
  }
  const grant = grantDetailOf(opened, category === 'grant', cut);
  if (grant !== undefined) {
    use.grant = grant;
  }
  const policy = category === 'management' ? policyDetailOf(opened.request?.policy) : undefined;
  if (policy !== undefined) {
    use.policy = policy;
  }
  addKeyStore(use, opened, cut);
  const keyMaterialId = boundedText(keyMaterialIn(opened), 'keyMaterialId', cut);
  if (keyMaterialId !== undefined) {
    use.keyMaterialId = keyMaterialId;
  }
  addCall(use, record, heading, cut);
  return use;
}

/** Adds where the call came from, and what other records may be of the same call. */
function addCall(use: DraftUse, record: CloudTrailRecord, heading: RecordHeading, cut: CutMembers): void {
  const sourceIp = boundedText(record.sourceIPAddress, 'sourceIp', cut);
  if (sourceIp !== undefined) {
    use.sourceIp = sourceIp;
  }
  const userAgent = boundedText(record.userAgent, 'userAgent', cut);
  if (userAgent !== undefined) {
    use.userAgent = userAgent;
  }
  const vpcEndpointId = boundedText(record.vpcEndpointId, 'vpcEndpointId', cut);
  if (vpcEndpointId !== undefined) {
    use.vpcEndpointId = vpcEndpointId;
  }
  const sharedEventId = boundedText(record.sharedEventID, 'sharedEventId', cut);
  if (sharedEventId !== undefined) {
    use.sharedEventId = sharedEventId;
  }
  const eventCategory = boundedText(record.eventCategory, 'eventCategory', cut);
  if (eventCategory !== undefined && eventCategory !== 'Management') {
    use.eventCategory = eventCategory;
  }
  const callId =
    use.eventCategory === undefined && !isOfEndpoint(vpcEndpointId) ? undefined : callIdOf(record);
  if (callId !== undefined) {
    use.callId = callId;
  }
  const supersedes = record.addendum === undefined ? undefined : supersededBy(record.addendum, heading, cut);
  if (supersedes !== undefined) {
    use.supersedes = supersedes;
  }
}

/** Whether a call came through a VPC endpoint of the caller's: what CloudTrail may log as network activity too. */
function isOfEndpoint(vpcEndpointId: string | undefined): boolean {
  return vpcEndpointId !== undefined && !isAwsInternal(vpcEndpointId);
}

/** The request id itself is not kept. 96 bits of its digest tell one call from another. */
function callIdOf({ requestID }: CloudTrailRecord): string | undefined {
  const requestId = textIn(requestID);
  return requestId === undefined
    ? undefined
    : createHash('sha256').update(requestId).digest('base64url').slice(0, 16);
}

function accountIdIn(value: unknown): string | undefined {
  const accountId = textIn(value);
  return accountId !== undefined &&
    accountId.length <= maxAccountIdLength &&
    accountId.isWellFormed() &&
    !isAwsInternal(accountId)
    ? accountId
    : undefined;
}

/**
 * Adds the custom key store, and the key's id in an external one: from the request, from what KMS adds to uses of such
 * keys, or from the response that creates a store or key.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-createkey.html
 */
function addKeyStore(
  use: DraftUse,
  { request, additional, response, keyMetadata }: KmsRecord,
  cut: CutMembers,
) {
  if (request === undefined && additional === undefined && response === undefined) {
    return;
  }
  const storeId =
    textIn(request?.customKeyStoreId) ??
    textIn(additional?.customKeyStoreId) ??
    textIn(response?.customKeyStoreId) ??
    textIn(keyMetadata?.customKeyStoreId);
  const customKeyStoreId = boundedText(storeId, 'customKeyStoreId', cut);
  if (customKeyStoreId !== undefined) {
    use.customKeyStoreId = customKeyStoreId;
  }
  const externalId =
    textIn(request?.xksKeyId) ??
    textIn(additional?.xksKeyId) ??
    textIn(objectIn<'id'>(keyMetadata?.xksKeyConfiguration)?.id);
  const xksKeyId = boundedText(externalId, 'xksKeyId', cut);
  if (xksKeyId !== undefined) {
    use.xksKeyId = xksKeyId;
  }
}

/**
 * The material of a key that has several after rotations: of a use in `additionalEventData`, of a new key, an import and
 * a rotation where each has it. A `ReEncrypt` has one for each of its keys.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html
 */
function keyMaterialIn({
  additional,
  request,
  response,
  keyMetadata,
  serviceDetails,
}: KmsRecord): string | undefined {
  return (
    textIn(additional?.keyMaterialId) ??
    textIn(response?.keyMaterialId) ??
    textIn(request?.keyMaterialId) ??
    textIn(keyMetadata?.currentKeyMaterialId) ??
    textIn(serviceDetails?.keyMaterialId) ??
    textIn(serviceDetails?.currentKeyMaterialId)
  );
}

/** The event that an addendum corrects. An addendum for a late delivery or an outage corrects none. */
function supersededBy(addendum: unknown, heading: RecordHeading, cut: CutMembers): string | undefined {
  const { reason, originalEventID } = objectIn<'reason' | 'originalEventID'>(addendum) ?? {};
  return reason === 'UPDATED_DATA' && originalEventID !== heading.eventId
    ? boundedText(originalEventID, 'supersedes', cut)
    : undefined;
}
