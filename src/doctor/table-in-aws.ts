import type { Looked } from './looked.ts';

/** The table of the history, as DynamoDB describes it. */
export interface TableInAws {
  readonly name: string;
  readonly status: string;
  readonly isDeletionProtected: boolean;
  /** Its customer or AWS managed key; without one DynamoDB encrypts with a key of its own. */
  readonly keyArn?: string;
  /** Since when that key cannot be used. */
  readonly keyUnusableSince?: string;
  readonly hasRecovery: Looked<boolean>;
  /** The attribute by which items expire, if they do. */
  readonly ttlAttribute: Looked<string | undefined>;
}
