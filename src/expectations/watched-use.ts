import type { AttributionStatus } from '../attribution/judgement.ts';
import type { KeyUse } from '../kms/key-use.ts';

/** What the join said of a use, as far as rules and expectations ask. */
export interface JoinedTo {
  readonly status: AttributionStatus;
  readonly jobs: readonly { readonly arn: string; readonly createdMs?: number }[];
}

/**
 * A use as rules and expectations see it: a record that just came in, or a row of the history. It is the same but for
 * what only the history knows: which key an alias meant, and which job it was.
 */
export type WatchedUse = Pick<
  KeyUse,
  | 'eventId'
  | 'eventTimeMs'
  | 'accountId'
  | 'region'
  | 'keyArn'
  | 'keyRef'
  | 'keyRole'
  | 'operation'
  | 'category'
  | 'outcome'
  | 'errorCode'
  | 'principal'
  | 'grant'
  | 'sourceIp'
  | 'vpcEndpointId'
> & {
  /** Absent where the join was not asked, or may still change for want of late job events. */
  readonly joinedTo?: JoinedTo;
};
