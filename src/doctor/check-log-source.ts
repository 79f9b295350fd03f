import { type CheckResult, failed, notJudged, notReadable, passed } from './check-result.ts';
import type { BucketNotification, BucketNotifications, LogSource } from './log-source.ts';
import type { Queue } from './queue.ts';
import { type StackResource, valuesOf } from './read-result.ts';
import { allows, type PolicyRequest } from './resource-policy.ts';

/** The end of the key of every log file. */
const LOG_FILE_SUFFIX = '.json.gz';
/** CloudTrail puts log files whole; S3 has other events for an upload in parts. */
const CREATED = ['s3:ObjectCreated:*', 's3:ObjectCreated:Put'];

/** Checks that the bucket notifies the queue of new log files, and that the queue lets it. */
export function checkLogSource(logSource: LogSource, queues: readonly StackResource<Queue>[]): CheckResult[] {
  const queue = valuesOf(queues).find(({ name }) => name === logSource.queueName);
  return [checkBucket(logSource, queue), ...(queue === undefined ? [] : queueFaults(logSource, queue))];
}

function checkBucket(logSource: LogSource, queue: Queue | undefined): CheckResult {
  const { bucketName: name, notifications } = logSource;
  switch (notifications.kind) {
    case 'unreadable':
      return notReadable(`Log bucket ${name}`, notifications);
    case 'absent':
      return failed(
        'log-bucket-missing',
        `There is no log bucket ${name}.`,
        "Deploy the stack again with LogBucketName set to the trail's bucket (aws cloudtrail describe-trails prints it).",
      );
    case 'read':
      return isNotified(notifications.value, logSource, queue)
        ? passed('log-bucket', `Log bucket ${name} notifies ${receiverOf(logSource)} of new log files.`)
        : failed(
            'log-bucket-silent',
            `Log bucket ${name} does not notify ${receiverOf(logSource)} of new log files.`,
            mendOf(logSource, queue),
          );
    default:
      return notifications satisfies never;
  }
}

function isNotified(
  { isToEventBridge, topics, queues }: BucketNotifications,
  { channel, queueName }: LogSource,
  queue: Queue | undefined,
): boolean {
  switch (channel.kind) {
    case 'eventbridge':
      return isToEventBridge;
    case 'sns':
      return topics.some((topic) => topic.arn === channel.topicArn && isOfLogFiles(topic));
    case 's3':
      return queues.some((one) => isQueue(one.arn, queueName, queue) && isOfLogFiles(one));
    default:
      return channel satisfies never;
  }
}

/** Compares by name alone where the queue is unreadable. */
function isQueue(arn: string, name: string | undefined, queue: Queue | undefined): boolean {
  return queue === undefined ? name !== undefined && arn.endsWith(`:${name}`) : arn === queue.arn;
}

/** Prefixes are not judged: the key prefix of the trail is unknown here. */
function isOfLogFiles({ events, suffixes }: BucketNotification): boolean {
  return (
    events.some((event) => CREATED.includes(event)) &&
    suffixes.every((suffix) => LOG_FILE_SUFFIX.endsWith(suffix))
  );
}

function receiverOf({ channel, queueName = 'of log files' }: LogSource): string {
  switch (channel.kind) {
    case 'eventbridge':
      return 'EventBridge';
    case 'sns':
      return `topic ${channel.topicArn}`;
    case 's3':
      return `queue ${queueName}`;
    default:
      return channel satisfies never;
  }
}

function mendOf({ bucketName, channel }: LogSource, queue: Queue | undefined): string {
  if (channel.kind === 'eventbridge') return `Turn on Amazon EventBridge in the properties of ${bucketName}.`;
  const receiver = channel.kind === 'sns' ? channel.topicArn : (queue?.arn ?? 'the queue');
  return `Have ${bucketName} notify ${receiver} of s3:ObjectCreated:*, suffix ${LOG_FILE_SUFFIX}, beside what it notifies now.`;
}

/** S3 and SNS send as services, which the queue's own policy must allow. `checkQueues` judges EventBridge. */
function queueFaults(logSource: LogSource, queue: Queue): CheckResult[] {
  const { bucketName, bucketAccount, channel } = logSource;
  if (channel.kind === 'eventbridge') return [];
  const sender = `${channel.kind}.amazonaws.com`;
  const source = channel.kind === 'sns' ? `topic ${channel.topicArn}` : `bucket ${bucketName}`;
  const verdict = allows(queue.policy, {
    principal: { kind: 'service', name: sender },
    action: 'sqs:SendMessage',
    resource: queue.arn,
    conditionKeys: { ...sourceKeysOf(logSource, queue), 'aws:securetransport': 'true' },
  });
  switch (verdict) {
    case 'yes':
      return [];
    case 'no':
      return [
        failed(
          'queue-closed-to-log-files',
          `Queue ${queue.name} does not let ${sender} send to it for ${source}.`,
          `Deploy the stack again with the parameters of the log source as they are: its template allows this, for account ${bucketAccount}.`,
        ),
      ];
    case 'unsure':
      return [
        notJudged(
          `Whether queue ${queue.name} lets ${sender} send to it for ${source} depends on a condition that is not judged here.`,
          'Read its policy; where it asks for aws:SourceArn and aws:SourceAccount alone, it is judged.',
        ),
      ];
    default:
      return verdict satisfies never;
  }
}

function sourceKeysOf(
  { bucketName, bucketAccount, channel }: LogSource,
  queue: Queue,
): PolicyRequest['conditionKeys'] {
  if (channel.kind === 'sns') return { 'aws:sourcearn': channel.topicArn };
  const partition = queue.arn.split(':')[1] ?? 'aws';
  return {
    'aws:sourcearn': `arn:${partition}:s3:::${bucketName}`,
    'aws:sourceaccount': bucketAccount,
  };
}
