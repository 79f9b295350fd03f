/** A queue of SQS by its attributes. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  /** Its resource policy, JSON. */
  readonly policy?: string;
  readonly redrive?: Redrive;
  readonly visibilitySeconds: number;
  readonly encryption: QueueEncryption;
  /** About how many wait in it. */
  readonly messages: number;
}

export interface Redrive {
  readonly deadLetterArn: string;
  readonly maxReceiveCount: number;
}

export type QueueEncryption =
  | { readonly kind: 'none' }
  | { readonly kind: 'sqs' }
  | { readonly kind: 'kms'; readonly key: string };
