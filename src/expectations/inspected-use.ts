import type { AttributionStatus } from '../attribution/judgement.ts';
import type { KeyUse } from '../kms/key-use.ts';

/** What the join said of a use, as far as rules and expectations ask. */
export interface JoinedTo {
  readonly status: AttributionStatus;
  readonly jobs: readonly { readonly arn: string; readonly createdMs?: number }[];
}

type Looked = Pick<
  KeyUse,
  | 'accountId'
  | 'region'
  | 'keyArn'
  | 'keyRef'
  | 'keyRole'
  | 'errorCode'
  | 'encryptionContext'
  | 'grant'
  | 'sourceIp'
  | 'userAgent'
  | 'vpcEndpointId'
  | 'join'
>;

/**
 * A use as rules and expectations see it: a record that just came in, or a row of the history. It is the same but for
 * what only the history knows: which key an alias meant, and which job it was. Members may be worked out when they are
 * first asked for.
 */
export type InspectedUse = Pick<
  KeyUse,
  'eventTimeMs' | 'operation' | 'category' | 'outcome' | 'principal'
> & {
  readonly [Member in keyof Looked]?: Looked[Member] | undefined;
} & {
  /** Absent where the join was not asked, or may still change for want of late job events. */
  readonly joinedTo?: JoinedTo | undefined;
};
