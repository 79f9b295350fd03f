import type { Looked } from './looked.ts';

/** The door of log files as the stack was deployed with it. */
export interface LogDoor {
  readonly bucketName: string;
  readonly bucketAccount: string;
  readonly hearsBy: Hearing;
  /** The queue of the stack that is to be told, by the name it has there; none where there is no such queue. */
  readonly queueName?: string;
  readonly notifications: Looked<BucketNotifications>;
}

/** Whom the bucket tells of new objects. */
export type Hearing =
  | { readonly kind: 's3' }
  | { readonly kind: 'sns'; readonly topicArn: string }
  | { readonly kind: 'eventbridge' };

/** What a bucket tells of, and whom. */
export interface BucketNotifications {
  readonly queues: readonly Notification[];
  readonly topics: readonly Notification[];
  readonly isToEventBridge: boolean;
}

export interface Notification {
  readonly arn: string;
  readonly events: readonly string[];
  /** What keys must end with; at most one in fact. */
  readonly suffixes: readonly string[];
}
