import type { NotificationConfiguration, NotificationConfigurationFilter } from '@aws-sdk/client-s3';
import type { AwsClients } from './aws-clients.ts';
import { type ReadResult, readFromAws } from './read-result.ts';

/** The bucket of CloudTrail's log files, with the parameters that the stack was deployed with. */
export interface LogSource {
  readonly bucketName: string;
  readonly bucketAccount: string;
  readonly channel: NotificationChannel;
  /** The name of the stack's queue for the notifications; absent where the stack has no such queue. */
  readonly queueName?: string;
  readonly notifications: ReadResult<BucketNotifications>;
}

/** How the notifications of the bucket reach the queue. */
type NotificationChannel =
  | { readonly kind: 's3' }
  | { readonly kind: 'sns'; readonly topicArn: string }
  | { readonly kind: 'eventbridge' };

/** The event notifications of a bucket. */
export interface BucketNotifications {
  readonly queues: readonly BucketNotification[];
  readonly topics: readonly BucketNotification[];
  readonly isToEventBridge: boolean;
}

export interface BucketNotification {
  /** Of the queue or the topic. */
  readonly arn: string;
  readonly events: readonly string[];
  /** Object keys must end with all of these; S3 allows one. */
  readonly suffixes: readonly string[];
}

interface DeployedParameters {
  readonly accountId: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Reads the log source by the parameters of the hub's template.
 * @param queueName the stack's queue for log files
 * @returns undefined where the stack was deployed without log files
 */
export async function readLogSource(
  { s3 }: AwsClients,
  { accountId, parameters }: DeployedParameters,
  queueName: string | undefined,
): Promise<LogSource | undefined> {
  const { LogBucketName: bucketName, LogBucketAccount: bucketAccount = accountId } = parameters;
  const channel = channelOf(parameters);
  if (channel === undefined || bucketName === undefined) return undefined;
  return {
    bucketName,
    bucketAccount,
    channel,
    ...(queueName === undefined ? {} : { queueName }),
    notifications: await readFromAws('s3:GetBucketNotification', async () =>
      notificationsOf(await s3.getBucketNotificationConfiguration({ Bucket: bucketName })),
    ),
  };
}

function channelOf({
  LogNotifications,
  LogTopicArn,
}: DeployedParameters['parameters']): NotificationChannel | undefined {
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
function notificationsOf(configuration: NotificationConfiguration): BucketNotifications {
  const { QueueConfigurations = [], TopicConfigurations = [], EventBridgeConfiguration } = configuration;
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
    // S3 takes `suffix` and `Suffix` alike.
    Name?.toLowerCase() === 'suffix' ? [Value] : [],
  );
}
