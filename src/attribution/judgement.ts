import type { KeyUse } from '../kms/key-use.ts';

export type AttributionStatus = 'exact' | 'strong' | 'probable' | 'ambiguous' | 'none';

/** A job that explains a use, and why. */
export interface JudgedJob {
  readonly arn: string;
  readonly type: string;
  /** Of the run that is meant, where it is known. Epoch milliseconds. */
  readonly createdMs?: number;
  /**
   * Sentences for a person. They hold facts of the job, its role, its prefixes and the session, and never of the
   * single use, so that the uses of one job share one judgement.
   */
  readonly reasons: readonly string[];
}

/**
 * Which job made a use, and how strong the evidence is. `jobs` has one entry unless ambiguous, none for none;
 * `reasons` says why none, and is absent otherwise.
 */
export interface Judgement {
  readonly status: AttributionStatus;
  readonly jobs: readonly JudgedJob[];
  readonly reasons?: readonly string[];
  /** The job that wrote the data, where the event names it and another one reads. */
  readonly authorJobArn?: string;
}

type Looked = Pick<
  KeyUse,
  'accountId' | 'region' | 'keyArn' | 'encryptionContext' | 'grant' | 'join' | 'sourceIp' | 'userAgent'
>;

/** What is looked at of a use. Members may be worked out when they are first asked for. */
export type JudgedUse = Pick<KeyUse, 'eventTimeMs' | 'operation' | 'outcome' | 'principal'> & {
  readonly [Member in keyof Looked]: Looked[Member] | undefined;
};
