import { identityForOwner } from './identity.ts';
import { given, type Json } from './json.ts';
import type { Key } from './key-ring.ts';
import type { Deed } from './use-truth.ts';
import type { World } from './world.ts';

export interface KmsCall {
  readonly atMs: number;
  readonly operation: string;
  /** The `userIdentity`, without `invokedBy`. */
  readonly by: Json;
  /** The service between, or `AWS Internal`; absent where the caller calls KMS from its own machine. */
  readonly through?: string;
  readonly key?: Key;
  /** Of ReEncrypt, whose source is `key`. */
  readonly destination?: Key;
  readonly context?: Json;
  /** Members of the request besides those that the operation always has. */
  readonly request?: Json;
  readonly response?: Json;
  readonly additional?: Json;
  readonly errorCode?: string;
  /** Of calls that name no key; otherwise the key's. */
  readonly region?: string;
}

const writing = new Set(['CreateGrant', 'RetireGrant', 'RevokeGrant', 'CreateAlias', 'DisableKey']);

/**
 * Writes one call as CloudTrail would: a call on another account's key as the caller's copy, the owner's or both.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
 */
export function writeKmsCall(world: World, call: KmsCall, deed: Deed): void {
  const { log, customs } = world;
  const record = recordOf(world, call);
  const owner = call.key?.accountId ?? world.accountId;
  const caller = call.by['accountId'];
  if (typeof caller !== 'string' || caller === owner) {
    log.use(call.atMs, { ...record, recipientAccountId: owner }, deed);
    return;
  }
  const shared = { ...record, sharedEventID: log.sharedEventId() };
  // A guest's own copy lies in its account's log, which is not this one.
  const copies = caller === world.accountId ? customs.crossCopies : 'owner';
  if (copies !== 'owner' || call.errorCode !== undefined) {
    log.use(call.atMs, { ...shared, recipientAccountId: caller }, deed);
  }
  if (copies !== 'caller' && call.errorCode === undefined) {
    const userIdentity = identityForOwner(call.by);
    log.use(call.atMs, { ...shared, userIdentity, recipientAccountId: owner }, deed);
  }
}

function recordOf(world: World, call: KmsCall): Json {
  const { key, through, errorCode } = call;
  const isRefused = errorCode === 'AccessDenied';
  const resources = [key, call.destination].flatMap((one) =>
    one === undefined ? [] : [{ accountId: one.accountId, type: 'AWS::KMS::Key', ARN: one.arn }],
  );
  return {
    userIdentity: through === undefined ? call.by : { ...call.by, invokedBy: through },
    eventSource: 'kms.amazonaws.com',
    eventName: call.operation,
    awsRegion: key?.region ?? call.region ?? world.region,
    sourceIPAddress: through ?? sourceIp(call.by),
    userAgent: through ?? (typeof call.by['invokedBy'] === 'string' ? call.by['invokedBy'] : world.sdk),
    requestParameters: isRefused ? null : requestOf(call),
    responseElements: errorCode === undefined ? (call.response ?? null) : null,
    ...given('additionalEventData', call.additional),
    ...given('errorCode', errorCode),
    ...(isRefused ? { errorMessage: `User is not authorized to perform: kms:${call.operation}` } : {}),
    readOnly: !writing.has(call.operation),
    ...(isRefused && world.dice.chance(0.5)
      ? {}
      : given('resources', resources.length === 0 ? undefined : resources)),
    eventType: 'AwsApiCall',
    managementEvent: true,
    eventCategory: 'Management',
  };
}

function sourceIp(by: Json): unknown {
  return typeof by['invokedBy'] === 'string' ? by['invokedBy'] : '10.0.47.113';
}

/** Decrypt names its key in `resources` only. */
function requestOf(call: KmsCall): Json | null {
  const context = given('encryptionContext', call.context);
  switch (call.operation) {
    case 'Decrypt':
      return { ...context, encryptionAlgorithm: 'SYMMETRIC_DEFAULT', ...call.request };
    case 'Encrypt':
      return {
        ...given('keyId', call.key?.arn),
        encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        ...context,
        ...call.request,
      };
    case 'ReEncrypt':
      return {
        ...given('sourceEncryptionContext', call.context),
        ...given('destinationKeyId', call.destination?.arn),
        sourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      };
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
      return { ...given('keyId', call.key?.arn), keySpec: 'AES_256', ...context, ...call.request };
    default:
      return call.request ?? null;
  }
}
