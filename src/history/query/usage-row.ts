import type { Principal } from '../../cloudtrail/identity.ts';
import type { GrantDetail, KeyFrom, OperationCategory, Outcome } from '../../kms/key-use.ts';
import type { Attribution } from '../facts/judgement-text.ts';

/** A row of the history as every door answers it: one KMS event as it concerns one key. */
export interface UsageRow {
  readonly eventId: string;
  /** ISO 8601 UTC with `Z`; milliseconds only where the record had them. */
  readonly eventTime: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly keyFrom?: KeyFrom;
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
  readonly copies?: readonly string[];
  readonly supersedes?: string;
  readonly supersededBy?: string;
  /** Members cut at 4 KB. */
  readonly truncated?: readonly string[];
  /** Members left out for who asks, by their paths. */
  readonly masked?: readonly string[];
  /** What the expectations say of it, once there are any, and which one allows it. */
  readonly expected?: 'yes' | 'no' | 'no-rule';
  readonly expectation?: string;
  readonly attribution: Attribution;
}
