import { isObject, parsedJson } from '../../cloudtrail/json-members.ts';
import type { Looked } from '../looked.ts';
import type { Queue, QueueEncryption, Redrive } from '../queue.ts';
import { ask } from './ask.ts';
import type { Clients } from './clients.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export function askQueue({ sqs }: Clients, url: string): Promise<Looked<Queue>> {
  return ask('sqs:GetQueueAttributes', async () => {
    const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['All'] });
    const redrive = redriveOf(Attributes['RedrivePolicy']);
    return {
      name: nameOfQueue(url),
      arn: Attributes['QueueArn'] ?? '',
      ...(Attributes['Policy'] ? { policy: Attributes['Policy'] } : {}),
      ...(redrive === undefined ? {} : { redrive }),
      visibilitySeconds: Number(Attributes['VisibilityTimeout'] ?? 0),
      encryption: encryptionOf(Attributes['KmsMasterKeyId'], Attributes['SqsManagedSseEnabled']),
      messages: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    };
  });
}

export function nameOfQueue(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function redriveOf(text: string | undefined): Redrive | undefined {
  const policy = parsedJson(text ?? '');
  if (!isObject<'deadLetterTargetArn' | 'maxReceiveCount'>(policy)) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  // The count is a string where somebody wrote it so.
  return typeof deadLetterTargetArn === 'string'
    ? { deadLetterArn: deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) }
    : undefined;
}

function encryptionOf(key: string | undefined, managed: string | undefined): QueueEncryption {
  if (key) return { kind: 'kms', key };
  return { kind: managed === 'true' ? 'sqs' : 'none' };
}
