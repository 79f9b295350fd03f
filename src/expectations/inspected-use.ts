import type { AttributionStatus } from '../attribution/judgement.ts';
import type { KeyUse } from '../kms/key-use.ts';

/** The parts of a judgement that rules and expectations read. */
export interface JoinedTo {
  readonly status: AttributionStatus;
  readonly jobs: readonly JoinedJob[];
  /** With `none`: the evidence that the session is no job's, but a person's or another service's, as a sentence. */
  readonly outsider?: string;
  /** The job that wrote the data, if it is known and another one reads it. */
  readonly authorArn?: string;
}

interface JoinedJob {
  readonly arn: string;
  readonly createdMs?: number;
  /** Whether the session is known to be the job's own. */
  readonly isOwnSession?: true;
}

type OptionalMembers = Pick<
  KeyUse,
  | 'accountId'
  | 'region'
  | 'keyArn'
  | 'keyRef'
  | 'keyRole'
  | 'errorCode'
  | 'encryptionContext'
  | 'grant'
  | 'policy'
  | 'sourceIp'
  | 'userAgent'
  | 'vpcEndpointId'
  | 'join'
>;

/**
 * A use as rules and expectations inspect it: a record that just came in, or a row of the history. Only the history knows
 * which key an alias meant and which job made the use. Members may be getters that compute their value on first
 * access.
 */
export type InspectedUse = Pick<
  KeyUse,
  'eventTimeMs' | 'operation' | 'category' | 'outcome' | 'principal'
> & {
  readonly [Member in keyof OptionalMembers]?: OptionalMembers[Member] | undefined;
} & {
  /** Absent if the join has not run, or if late job events may still change it. */
  readonly joinedTo?: JoinedTo | undefined;
};

/** An inspected use with the id of its event, to show it. */
export type InspectedEvent = InspectedUse & { readonly eventId: string };
