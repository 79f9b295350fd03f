import type { AttributionStatus } from '../../attribution/judgement.ts';
import type { JobPart } from '../../sagemaker/encryption-posture.ts';

/** What the rows of a group have in common beside key and hour. Stored by position: new members are appended. */
export type GroupMembers = readonly [
  principalId: string | null,
  principalType: string,
  principalAccount: string | null,
  operation: string,
  category: string,
  outcome: string,
  accountId: string | null,
  region: string | null,
  status: AttributionStatus,
  /** ARNs of the jobs that the rows list. */
  jobs: readonly string[],
  /** Further accounts of folded copies, for the filter by account. */
  accounts: readonly string[],
  /** For each job its run, by its creation time; null where that is not known or several. */
  runs: readonly (number | null)[],
  /** What of its job the rows concern, where one job made them and that is known. */
  part: JobPart | null,
  /** Which material of the key, where the records say; pages of an earlier version do not have it. */
  keyMaterialId: string | null,
];

/** Positions in `GroupMembers`. */
export const MEMBER = {
  principalId: 0,
  principalType: 1,
  principalAccount: 2,
  operation: 3,
  category: 4,
  outcome: 5,
  accountId: 6,
  region: 7,
  status: 8,
  jobs: 9,
  accounts: 10,
  runs: 11,
  part: 12,
  keyMaterialId: 13,
} as const;

/** Rows of one key and hour with equal members; times are epoch milliseconds. */
export interface Group {
  readonly hour: number;
  readonly members: GroupMembers;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Where a slot keeps a key's rows of one kind: `count` rows of a chunk from row `start`. The chunk is given by
 * its number in the slot, and the day's root has its name. So a page stays as it is where only other rows of the chunk
 * change.
 */
export interface RowRange {
  /** First hour of the slot. */
  readonly slot: number;
  readonly chunk: number;
  readonly start: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isException: boolean;
}

/** The uses of one key, or of one reference whose key is not known, on one day. */
export interface KeyDay {
  /** See `keyNameOf`. */
  readonly keyName: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly groups: readonly Group[];
  readonly ranges: readonly RowRange[];
}
