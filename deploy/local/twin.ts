import { DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSHandler } from 'aws-lambda';
import { createTable } from './create-table.ts';
import { type EventSource, noContext, pollOnce } from './queue-poller.ts';
import { serveAws } from './serve-aws.ts';
import { serveDynalite } from './serve-dynalite.ts';

const REGION = 'us-east-1';
/** That of the server of queues. */
const ACCOUNT = '000000000000';
const TABLE = 'keytrail-twin';
const MAX_RECEIVES = 5;
/** Shorter than the stack's: what has failed comes again sooner. */
const VISIBILITY_SECONDS = 30;
const BATCH_SIZE = 1_000;
const DELIVER_BATCH_SIZE = 10;
const TOPIC = 'alerts';
const QUARANTINE_BUCKET = 'keytrail-twin-quarantine';

export interface TwinOptions {
  /** Whether a message that failed is seen again at once. */
  readonly isImpatient?: boolean;
  /** Whether the functions' logs and metrics are left out. */
  readonly isSilent?: boolean;
  /** A DynamoDB endpoint in place of the embedded engine. */
  readonly dynamoDbUrl?: string;
}

/** The queues, the table, the buckets and the functions of the stack, in this process. */
export interface Twin {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly ingest: EventSource;
  readonly ingestLogFiles: EventSource;
  readonly deliver: EventSource;
  /** A queue that is subscribed to the topic of alerts. */
  readonly heardAlertsUrl: string;
  readonly deadLetterUrls: readonly string[];
  readonly quarantineBucket: string;
  /** The ordinary AWS variables of who works with it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts an event on the queue, as EventBridge's target does. */
  send(event: unknown): Promise<void>;
  /** Delivers what is in the queues until nothing is seen. */
  drain(): Promise<void>;
  seal(): Promise<void>;
  /** Tells of the alerts that wait, as is done every minute. */
  deliverOutbox(): Promise<void>;
  /** Asks the alert rules, as the schedule does. */
  detect(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts it. The functions are loaded with its environment, which is this process's from then on: one to a process.
 */
export async function startTwin({
  isImpatient = false,
  isSilent = false,
  dynamoDbUrl,
}: TwinOptions = {}): Promise<Twin> {
  const aws = await serveAws({ region: REGION });
  const engine = dynamoDbUrl === undefined ? await serveDynalite() : undefined;
  const tableUrl = dynamoDbUrl ?? engine?.url ?? '';
  // Not as the server gives them: those have a host in front of its address.
  const urlOf = (queueName: string) => `${aws.url}/${ACCOUNT}/${queueName}`;
  const environment = environmentOf(aws.url, tableUrl, urlOf, isSilent);
  Object.assign(process.env, environment);
  await makeTable();
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: QUARANTINE_BUCKET }));
  const sqs = new SQSClient({});
  const queue = async (name: string, handler: SQSHandler, batchSize = BATCH_SIZE) => {
    await createQueueWithDeadLetters(sqs, name);
    return {
      source: { queueUrl: urlOf(name), batchSize, handler, isImpatient },
      deadUrl: urlOf(deadLettersOf(name)),
    };
  };
  const [ingest, ingestLogFiles, seal, detect, deliver] = await Promise.all([
    import('../../handlers/ingest.ts'),
    import('../../handlers/ingest-log-files.ts'),
    import('../../handlers/seal.ts'),
    import('../../handlers/detect.ts'),
    import('../../handlers/deliver.ts'),
  ]);
  const events = await queue('ingest', ingest.handler);
  const logFiles = await queue('ingest-log-files', ingestLogFiles.handler);
  const alerts = await queue(
    'deliver',
    (event, context) => deliver.handler(event, context),
    DELIVER_BATCH_SIZE,
  );
  const heardAlerts = 'heard-alerts';
  await createHeardTopic(sqs, heardAlerts);
  return {
    sqs,
    s3,
    environment,
    quarantineBucket: QUARANTINE_BUCKET,
    ingest: events.source,
    ingestLogFiles: logFiles.source,
    deliver: alerts.source,
    heardAlertsUrl: urlOf(heardAlerts),
    deadLetterUrls: [events.deadUrl, logFiles.deadUrl, alerts.deadUrl],
    async send(event) {
      const body = typeof event === 'string' ? event : JSON.stringify(event);
      await sqs.send(new SendMessageCommand({ QueueUrl: events.source.queueUrl, MessageBody: body }));
    },
    async drain() {
      for (const source of [logFiles.source, events.source, alerts.source]) {
        while ((await pollOnce(sqs, source)).delivered > 0);
      }
    },
    async seal() {
      await seal.handler({}, noContext);
    },
    async deliverOutbox() {
      await deliver.handler({}, noContext);
    },
    async detect() {
      await detect.handler({}, noContext);
    },
    async close() {
      sqs.destroy();
      s3.destroy();
      await aws.stop();
      await engine?.close();
    },
  };
}

function environmentOf(
  serverUrl: string,
  tableUrl: string,
  urlOf: (queueName: string) => string,
  isSilent: boolean,
): Readonly<Record<string, string>> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'twin',
    AWS_SECRET_ACCESS_KEY: 'twin',
    AWS_ENDPOINT_URL_SQS: serverUrl,
    AWS_ENDPOINT_URL_SNS: serverUrl,
    AWS_ENDPOINT_URL_S3: serverUrl,
    AWS_ENDPOINT_URL_DYNAMODB: tableUrl,
    KEYTRAIL_TABLE: TABLE,
    KEYTRAIL_QUARANTINE_BUCKET: QUARANTINE_BUCKET,
    KEYTRAIL_DELIVER_QUEUE: urlOf('deliver'),
    KEYTRAIL_ALERT_TOPIC: `arn:aws:sns:${REGION}:${ACCOUNT}:${TOPIC}`,
    POWERTOOLS_SERVICE_NAME: 'keytrail',
    POWERTOOLS_METRICS_NAMESPACE: 'Keytrail',
    ...(isSilent ? { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' } : {}),
  };
}

const deadLettersOf = (queueName: string) => `${queueName}-dead`;
const queueArnOf = (queueName: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${queueName}`;

async function createQueueWithDeadLetters(sqs: SQSClient, name: string): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: deadLettersOf(name) }));
  const deadLetterTargetArn = queueArnOf(deadLettersOf(name));
  await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        VisibilityTimeout: String(VISIBILITY_SECONDS),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVES }),
      },
    }),
  );
}

/** The topic of alerts, and a queue that is subscribed to it. */
async function createHeardTopic(sqs: SQSClient, queueName: string): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: queueName }));
  const sns = new SNSClient({});
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: TOPIC }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArnOf(queueName) }));
  sns.destroy();
}

async function makeTable(): Promise<void> {
  const client = new DynamoDBClient({});
  await createTable(client, TABLE);
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 60 }, { TableName: TABLE });
  client.destroy();
}
