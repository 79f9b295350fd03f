import { isObject, parsedJson } from '../cloudtrail/json-members.ts';
import type { AwsClients } from './aws-clients.ts';
import { type ReadResult, readFromAws } from './read-result.ts';

/** An SQS queue by its attributes. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  /** Its resource policy, JSON. */
  readonly policy?: string;
  readonly redrive?: Redrive;
  readonly visibilitySeconds: number;
  readonly encryption: QueueEncryption;
  /** The approximate number of messages that wait in it. */
  readonly messages: number;
}

interface Redrive {
  readonly deadLetterArn: string;
  readonly maxReceiveCount: number;
}

type QueueEncryption =
  | { readonly kind: 'none' }
  | { readonly kind: 'sqs' }
  | { readonly kind: 'kms'; readonly key: string };

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export function readQueue({ sqs }: AwsClients, url: string): Promise<ReadResult<Queue>> {
  return readFromAws('sqs:GetQueueAttributes', async () => {
    const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['All'] });
    const redrive = redriveOf(Attributes['RedrivePolicy']);
    return {
      name: queueNameOf(url),
      arn: Attributes['QueueArn'] ?? '',
      ...(Attributes['Policy'] ? { policy: Attributes['Policy'] } : {}),
      ...(redrive === undefined ? {} : { redrive }),
      visibilitySeconds: Number(Attributes['VisibilityTimeout'] ?? 0),
      encryption: encryptionOf(Attributes['KmsMasterKeyId'], Attributes['SqsManagedSseEnabled']),
      messages: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    };
  });
}

export function queueNameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function redriveOf(text: string | undefined): Redrive | undefined {
  const policy = parsedJson(text ?? '');
  if (!isObject<'deadLetterTargetArn' | 'maxReceiveCount'>(policy)) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  // SQS keeps the count as its author wrote it: a number or a string.
  return typeof deadLetterTargetArn === 'string'
    ? { deadLetterArn: deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) }
    : undefined;
}

function encryptionOf(key: string | undefined, managed: string | undefined): QueueEncryption {
  if (key) return { kind: 'kms', key };
  return { kind: managed === 'true' ? 'sqs' : 'none' };
}
