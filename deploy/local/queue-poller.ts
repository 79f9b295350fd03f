import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSHandler } from 'aws-lambda';

/** ReceiveMessage gives no more at a time, DeleteMessageBatch takes no more. */
const MESSAGES_AT_A_TIME = 10;

/** A queue and the function that Lambda would call with what comes out of it. */
export interface EventSource {
  readonly queueUrl: string;
  readonly batchSize: number;
  readonly handler: SQSHandler;
  /** Whether what has failed is seen again at once, as if its visibility timeout were over. */
  readonly isImpatient: boolean;
}

/**
 * What Lambda's event source mapping does once: gathers a batch, calls the function, and deletes what it does not say
 * has failed. Where it throws, all of it has. What has failed is seen again when its visibility timeout is over.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @returns how many messages were delivered, and how many of them are done with
 */
export async function pollOnce(
  client: SQSClient,
  { queueUrl, batchSize, handler, isImpatient }: EventSource,
): Promise<{ readonly delivered: number; readonly deleted: number }> {
  const messages = await receiveBatch(client, queueUrl, batchSize);
  if (messages.length === 0) return { delivered: 0, deleted: 0 };
  const failed = await failedOf(messages, handler);
  const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
  for (let start = 0; start < done.length; start += MESSAGES_AT_A_TIME) {
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: done.slice(start, start + MESSAGES_AT_A_TIME).map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle,
        })),
      }),
    );
  }
  if (isImpatient) {
    const again = messages.filter((message) => !done.includes(message));
    for (const { ReceiptHandle } of again) {
      await client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      );
    }
  }
  return { delivered: messages.length, deleted: done.length };
}

async function receiveBatch(client: SQSClient, queueUrl: string, batchSize: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < batchSize) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(MESSAGES_AT_A_TIME, batchSize - messages.length),
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) break;
    messages.push(...Messages);
  }
  return messages;
}

async function failedOf(messages: readonly Message[], handler: SQSHandler): Promise<ReadonlySet<string>> {
  const all = new Set(messages.map(({ MessageId }) => MessageId ?? ''));
  try {
    const answer = (await handler(eventOf(messages), noContext, () => {})) as SQSBatchResponse | undefined;
    const failures = answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? [];
    // An id that is none of the batch's fails it as a whole.
    return failures.every((id) => all.has(id)) ? new Set(failures) : all;
  } catch {
    return all;
  }
}

function eventOf(messages: readonly Message[]): SQSEvent {
  return {
    Records: messages.map(({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes }) => ({
      messageId: MessageId ?? '',
      receiptHandle: ReceiptHandle ?? '',
      body: Body ?? '',
      attributes: {
        ApproximateReceiveCount: Attributes?.ApproximateReceiveCount ?? '1',
        SentTimestamp: Attributes?.SentTimestamp ?? '0',
        SenderId: Attributes?.SenderId ?? '',
        ApproximateFirstReceiveTimestamp: Attributes?.ApproximateFirstReceiveTimestamp ?? '0',
      },
      messageAttributes: {},
      md5OfBody: MD5OfBody ?? '',
      eventSource: 'aws:sqs',
      eventSourceARN: '',
      awsRegion: '',
    })),
  };
}

/** Of Lambda's context the functions ask for their time only. */
export const noContext: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'twin',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:twin',
  memoryLimitInMB: '1024',
  awsRequestId: 'twin',
  logGroupName: 'twin',
  logStreamName: 'twin',
  getRemainingTimeInMillis: () => 900_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};
