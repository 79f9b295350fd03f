import { type Finding, notJudged, notLookedAt, right, wrong } from './finding.ts';
import type { BucketNotifications, LogDoor, Notification } from './log-door.ts';
import { valuesSeen } from './looked.ts';
import type { Queue } from './queue.ts';
import { allows } from './resource-policy.ts';
import type { Stack } from './set-up.ts';

/** As CloudTrail names its log files. */
const LOG_FILE_SUFFIX = '.json.gz';
/** CloudTrail puts them whole; S3 makes an upload in parts of none. */
const CREATED = ['s3:ObjectCreated:*', 's3:ObjectCreated:Put'];

/** Whether the queue of log files hears of them; nothing where the stack was deployed without that door. */
export function checkLogDoor({ logDoor, queues }: Stack): Finding[] {
  if (logDoor === undefined) return [];
  const queue = valuesSeen(queues).find(({ name }) => name === logDoor.queueName);
  return [...ofBucket(logDoor, queue), ...ofQueue(logDoor, queue)];
}

function ofBucket(door: LogDoor, queue: Queue | undefined): Finding[] {
  const { bucketName: name, notifications } = door;
  switch (notifications.kind) {
    case 'unseen':
      return [notLookedAt(`Log bucket ${name}`, notifications)];
    case 'absent':
      return [
        wrong(
          'log-bucket-missing',
          `There is no log bucket ${name}.`,
          "Deploy the stack again with LogBucketName set to the trail's bucket (aws cloudtrail describe-trails tells it).",
        ),
      ];
    case 'seen':
      return tellsOf(notifications.value, door, queue)
        ? [right('log-bucket', `Log bucket ${name} tells ${listenerOf(door)} of new log files.`)]
        : [
            wrong(
              'log-bucket-silent',
              `Log bucket ${name} does not tell ${listenerOf(door)} of new log files.`,
              mendOf(door, queue),
            ),
          ];
    default:
      return notifications satisfies never;
  }
}

function tellsOf(
  notifications: BucketNotifications,
  { hearsBy, queueName }: LogDoor,
  queue: Queue | undefined,
): boolean {
  switch (hearsBy.kind) {
    case 'eventbridge':
      return notifications.isToEventBridge;
    case 'sns':
      return notifications.topics.some((one) => one.arn === hearsBy.topicArn && isOfLogFiles(one));
    case 's3':
      return notifications.queues.some((one) => isQueue(one.arn, queueName, queue) && isOfLogFiles(one));
    default:
      return hearsBy satisfies never;
  }
}

/** By its name alone where the queue could not be looked at. */
function isQueue(arn: string, name: string | undefined, queue: Queue | undefined): boolean {
  return queue === undefined ? name !== undefined && arn.endsWith(`:${name}`) : arn === queue.arn;
}

/** What the keys of a trail begin with, and so which prefixes are right, is not judged. */
function isOfLogFiles({ events, suffixes }: Notification): boolean {
  return (
    events.some((event) => CREATED.includes(event)) &&
    suffixes.every((suffix) => LOG_FILE_SUFFIX.endsWith(suffix))
  );
}

function listenerOf({ hearsBy, queueName = 'of log files' }: LogDoor): string {
  switch (hearsBy.kind) {
    case 'eventbridge':
      return 'EventBridge';
    case 'sns':
      return `topic ${hearsBy.topicArn}`;
    case 's3':
      return `queue ${queueName}`;
    default:
      return hearsBy satisfies never;
  }
}

function mendOf({ bucketName, hearsBy }: LogDoor, queue: Queue | undefined): string {
  switch (hearsBy.kind) {
    case 'eventbridge':
      return `Turn on Amazon EventBridge in the properties of ${bucketName}.`;
    case 'sns':
      return `Have ${bucketName} notify ${hearsBy.topicArn} of s3:ObjectCreated:*, suffix ${LOG_FILE_SUFFIX}, beside what it notifies now.`;
    case 's3':
      return `Have ${bucketName} notify ${queue?.arn ?? 'the queue'} of s3:ObjectCreated:*, suffix ${LOG_FILE_SUFFIX}, beside what it notifies now.`;
    default:
      return hearsBy satisfies never;
  }
}

/** S3 and SNS send as services, which the queue itself must let in. EventBridge sends for a rule, judged with it. */
function ofQueue({ bucketName, bucketAccount, hearsBy }: LogDoor, queue: Queue | undefined): Finding[] {
  if (queue === undefined || hearsBy.kind === 'eventbridge') return [];
  const partition = queue.arn.split(':')[1] ?? 'aws';
  const [sender, keys] =
    hearsBy.kind === 'sns'
      ? (['sns', { 'aws:sourcearn': hearsBy.topicArn }] as const)
      : ([
          's3',
          { 'aws:sourcearn': `arn:${partition}:s3:::${bucketName}`, 'aws:sourceaccount': bucketAccount },
        ] as const);
  const verdict = allows(queue.policy, {
    principal: { kind: 'service', name: `${sender}.amazonaws.com` },
    action: 'sqs:SendMessage',
    resource: queue.arn,
    conditionKeys: { ...keys, 'aws:securetransport': 'true' },
  });
  const source = hearsBy.kind === 'sns' ? `topic ${hearsBy.topicArn}` : `bucket ${bucketName}`;
  switch (verdict) {
    case 'yes':
      return [];
    case 'no':
      return [
        wrong(
          'queue-closed-to-log-files',
          `Queue ${queue.name} does not let ${sender}.amazonaws.com send to it for ${source}.`,
          `Deploy the stack again with the parameters of the door as they are: it allows this, of account ${bucketAccount}.`,
        ),
      ];
    case 'unsure':
      return [
        notJudged(
          `Whether queue ${queue.name} lets ${sender}.amazonaws.com send to it for ${source} depends on a condition that is not judged here.`,
          'Read its policy; where it asks for aws:SourceArn and aws:SourceAccount alone, it is judged.',
        ),
      ];
    default:
      return verdict satisfies never;
  }
}
