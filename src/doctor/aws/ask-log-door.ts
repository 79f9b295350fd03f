import type { NotificationConfiguration, NotificationConfigurationFilter } from '@aws-sdk/client-s3';
import type { BucketNotifications, Hearing, LogDoor } from '../log-door.ts';
import { ask } from './ask.ts';
import type { Clients } from './clients.ts';

interface Deployed {
  readonly accountId: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The door of log files, by the parameters of the hub's template.
 * @param queueName the queue that the door reads
 * @returns undefined where it is shut
 */
export async function askLogDoor(
  { s3 }: Clients,
  { accountId, parameters }: Deployed,
  queueName: string | undefined,
): Promise<LogDoor | undefined> {
  const { LogBucketName: bucketName, LogBucketAccount: bucketAccount = accountId } = parameters;
  const hearsBy = hearingOf(parameters);
  if (hearsBy === undefined || bucketName === undefined) return undefined;
  return {
    bucketName,
    bucketAccount,
    hearsBy,
    ...(queueName === undefined ? {} : { queueName }),
    notifications: await ask('s3:GetBucketNotification', async () =>
      notificationsOf(await s3.getBucketNotificationConfiguration({ Bucket: bucketName })),
    ),
  };
}

function hearingOf({ LogNotifications, LogTopicArn }: Deployed['parameters']): Hearing | undefined {
  switch (LogNotifications) {
    case 's3':
    case 'eventbridge':
      return { kind: LogNotifications };
    case 'sns':
      return { kind: 'sns', topicArn: LogTopicArn ?? '' };
    default:
      return undefined;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
function notificationsOf(answer: NotificationConfiguration): BucketNotifications {
  const { QueueConfigurations = [], TopicConfigurations = [], EventBridgeConfiguration } = answer;
  return {
    queues: QueueConfigurations.map(({ QueueArn: arn = '', Events: events = [], Filter }) => ({
      arn,
      events,
      suffixes: suffixesOf(Filter),
    })),
    topics: TopicConfigurations.map(({ TopicArn: arn = '', Events: events = [], Filter }) => ({
      arn,
      events,
      suffixes: suffixesOf(Filter),
    })),
    isToEventBridge: EventBridgeConfiguration !== undefined,
  };
}

function suffixesOf(filter: NotificationConfigurationFilter | undefined): string[] {
  return (filter?.Key?.FilterRules ?? []).flatMap(({ Name, Value = '' }) =>
    // `suffix` and `Suffix` are one to S3.
    Name?.toLowerCase() === 'suffix' ? [Value] : [],
  );
}
