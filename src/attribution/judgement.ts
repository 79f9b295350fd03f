import type { KeyUse } from '../kms/key-use.ts';

export type AttributionStatus = 'exact' | 'strong' | 'probable' | 'ambiguous' | 'none';

/** A job that explains a use, and why. */
export interface JudgedJob {
  readonly arn: string;
  readonly type: string;
  /** The creation of the run, if it is known. Epoch milliseconds. */
  readonly createdMs?: number;
  /**
   * Sentences for a person. They contain facts about the job, its role, its prefixes and the session, and none about the
   * single use, so that the uses of one job share one judgement.
   */
  readonly reasons: readonly string[];
}

/**
 * Which job made a use, and how strong the evidence is. `jobs` is empty for `none`, may have several entries for
 * `ambiguous`, and has one otherwise. `reasons` explains `none` and is absent otherwise.
 */
export interface Judgement {
  readonly status: AttributionStatus;
  readonly jobs: readonly JudgedJob[];
  readonly reasons?: readonly string[];
  /** The job that wrote the data, if it is known and another one reads it. */
  readonly authorJobArn?: string;
}

type OptionalMembers = Pick<
  KeyUse,
  'accountId' | 'region' | 'keyArn' | 'encryptionContext' | 'grant' | 'join' | 'sourceIp' | 'userAgent'
>;

/** The members of a use that a judgement reads. They may be getters that compute their value on first access. */
export type JudgedUse = Pick<KeyUse, 'eventTimeMs' | 'operation' | 'outcome' | 'principal'> & {
  readonly [Member in keyof OptionalMembers]: OptionalMembers[Member] | undefined;
};
