import type { EventId, JoinInputs, Principal } from '../cloudtrail/identity.ts';
import type { PolicyDetail } from './policy-detail.ts';

/** The whole ARN of a KMS key: `arn:<partition>:kms:<region>:<account>:key/<id>`. */
export type KeyArn = string & { readonly __brand: 'KeyArn' };

export type OperationCategory = 'cryptographic' | 'grant' | 'management';

export type Outcome = 'success' | 'denied' | 'failed' | 'probe';

/** How `keyArn` is known. `alias` is set only by a look-up in the aliases that Keytrail has learned. */
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
 * One KMS event as it affects one key, as recorded: before aliases are resolved, copies folded and jobs joined. A
 * `ReEncrypt` record gives two uses, every other KMS record one.
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
  /** The event's name for the key, unless it is the ARN: `alias/x`, an alias ARN, a bare key id. */
  readonly keyRef?: string;
  readonly keyRole?: 'source' | 'destination';
  readonly operation: string;
  readonly category: OperationCategory;
  readonly outcome: Outcome;
  readonly errorCode?: string;
  readonly principal: Principal;
  readonly encryptionContext?: Readonly<Record<string, string>>;
  readonly grant?: GrantDetail;
  /** What the key policy in the request allows. */
  readonly policy?: PolicyDetail;
  /** Which material of the key was used or made, where the record says. */
  readonly keyMaterialId?: string;
  readonly customKeyStoreId?: string;
  readonly xksKeyId?: string;
  readonly sourceIp?: string;
  readonly userAgent?: string;
  readonly vpcEndpointId?: string;
  readonly sharedEventId?: string;
  /** CloudTrail's category, where it is another than `Management`: the same call may be logged as both. */
  readonly eventCategory?: string;
  /** A digest of the request id, of calls through a VPC endpoint: two events that share it are of one call. */
  readonly callId?: string;
  /** `addendum.originalEventID` of an `UPDATED_DATA` addendum. */
  readonly supersedes?: string;
  /** The row's members (`principal.session`) whose string was cut, because it was longer than 4 KB. */
  readonly truncated?: readonly string[];
  readonly join?: JoinInputs;
}
