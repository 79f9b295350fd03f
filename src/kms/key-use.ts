/** An ARN of a KMS key, whole: `arn:<partition>:kms:<region>:<account>:key/<id>`. */
export type KeyArn = string & { readonly __brand: 'KeyArn' };

/** CloudTrail's `eventID`. A GUID in practice; any non-empty string is taken. */
export type EventId = string & { readonly __brand: 'EventId' };

export type PrincipalType =
  | 'role'
  | 'user'
  | 'root'
  | 'service'
  | 'account'
  | 'federated'
  | 'identity-center'
  | 'unknown';

/** Who used the key, stable across sessions: `id` names the role, not the session. */
export interface Principal {
  readonly id?: string;
  readonly type: PrincipalType;
  readonly accountId?: string;
  /** The role session's name; of roles and accounts only. */
  readonly session?: string;
  readonly sourceIdentity?: string;
  /** The AWS service that called on the principal's behalf (forward access). Never `AWS Internal`. */
  readonly via?: string;
}

export type OperationCategory = 'cryptographic' | 'grant' | 'management';

export type Outcome = 'success' | 'denied' | 'failed' | 'probe';

/** How `keyArn` is known. `alias` is only ever set after a look-up in the aliases Keytrail has learned. */
export type KeyFrom = 'record' | 'alias' | 'id' | 'message';

export interface GrantDetail {
  readonly id?: string;
  readonly grantee?: string;
  readonly retiringPrincipal?: string;
  readonly operations?: readonly string[];
  /** `encryptionContextSubset` and `encryptionContextEquals`, as recorded. */
  readonly constraints?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * What the join to SageMaker jobs needs of a record beside the answer's members. Never in an answer.
 */
export interface JoinInputs {
  /** `userIdentity.sessionContext.attributes.creationDate`, epoch milliseconds. */
  readonly sessionStartMs?: number;
  /** Keyed hash of `userIdentity.accessKeyId`; the id itself is never kept. */
  readonly accessKeyHash?: string;
  /** `userIdentity.inScopeOf.sourceArn` or `credentialsIssuedTo`. */
  readonly inScopeOf?: string;
}

/**
 * One KMS event as it concerns one key, as the record tells it: before aliases are resolved, copies are
 * folded or jobs are joined. A `ReEncrypt` record gives two, every other KMS record one.
 */
export interface KeyUse {
  readonly eventId: EventId;
  /** Epoch milliseconds, UTC. */
  readonly eventTimeMs: number;
  /** Where it was recorded: `recipientAccountId`, else the caller's account. */
  readonly accountId?: string;
  readonly region?: string;
  readonly keyArn?: KeyArn;
  /** Present exactly when `keyArn` is. `record`, `id` or `message` at this stage. */
  readonly keyFrom?: KeyFrom;
  /** What the event called the key, where that is not its ARN: `alias/x`, an alias ARN, a bare key id. */
  readonly keyRef?: string;
  readonly keyRole?: 'source' | 'destination';
  readonly operation: string;
  readonly category: OperationCategory;
  readonly outcome: Outcome;
  readonly errorCode?: string;
  readonly principal: Principal;
  readonly encryptionContext?: Readonly<Record<string, string>>;
  readonly grant?: GrantDetail;
  readonly customKeyStoreId?: string;
  readonly xksKeyId?: string;
  readonly sourceIp?: string;
  readonly userAgent?: string;
  readonly vpcEndpointId?: string;
  readonly sharedEventId?: string;
  /** `addendum.originalEventID` of an `UPDATED_DATA` addendum. */
  readonly supersedes?: string;
  /** Members whose string was longer than 4 KB and was cut, by their name in the row (`principal.session`). */
  readonly truncated?: readonly string[];
  readonly join?: JoinInputs;
}
