import type { Account } from './aws-stand-in.ts';

const ARN = 'us-east-1:111122223333';
export const TRAIL_ARN = `arn:aws:cloudtrail:eu-west-1:999988887777:trail/organisation`;
export const INGEST_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/keytrail-prod-ingest';
export const DEAD_URL = `${INGEST_URL}-dead`;
export const FAILED_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/keytrail-prod-failed-runs';
export const LOG_FILES_URL =
  'https://sqs.us-east-1.amazonaws.com/111122223333/keytrail-prod-LogFilesQueue-1A2B';
export const LOG_FILES_ARN = `arn:aws:sqs:${ARN}:keytrail-prod-LogFilesQueue-1A2B`;
export const LOG_BUCKET = 'organisation-trail-logs';
export const LOG_TOPIC_ARN = `arn:aws:sns:${ARN}:trail-logs`;
export const INGEST_ARN = `arn:aws:sqs:${ARN}:keytrail-prod-ingest`;
export const DEAD_ARN = `${INGEST_ARN}-dead`;
export const HUB_BUS_ARN = 'arn:aws:events:us-east-1:444455556666:event-bus/default';
export const ORGANISATION = 'o-exampleorg01';

const ruleArn = (name: string) => `arn:aws:events:${ARN}:rule/${name}`;
const STATE = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** Everything that an answer of AWS is made of, to be changed by a test before it is asked for. */
export interface Parts {
  parameters: Record<string, string>;
  /** Physical id to type. */
  resources: Record<string, string>;
  trails: Record<string, unknown>[];
  trailStatus: { IsLogging: boolean };
  selectors: Record<string, unknown>;
  rules: Record<string, Record<string, unknown>>;
  targets: Record<string, Record<string, unknown>[]>;
  queues: Record<string, Record<string, string>>;
  /** Of the log bucket; undefined where there is none. */
  notifications: object | undefined;
  bus: Record<string, unknown>;
  functions: Record<string, Record<string, unknown>>;
  reserved: Record<string, unknown>;
  mapping: Record<string, unknown>;
  logFilesMapping: Record<string, unknown>;
  table: Record<string, unknown>;
  recovery: string;
  timeToLive: Record<string, unknown>;
}

/** A hub in which all is right, its trail an organisation's whose home is another Region. */
export function soundParts(): Parts {
  return {
    parameters: {
      OrganisationId: ORGANISATION,
      LogNotifications: 's3',
      LogBucketName: LOG_BUCKET,
      LogBucketAccount: '999988887777',
    },
    resources: {
      'keytrail-kms': 'AWS::Events::Rule',
      'keytrail-sagemaker': 'AWS::Events::Rule',
      [INGEST_URL]: 'AWS::SQS::Queue',
      [LOG_FILES_URL]: 'AWS::SQS::Queue',
      [DEAD_URL]: 'AWS::SQS::Queue',
      [FAILED_URL]: 'AWS::SQS::Queue',
      'keytrail-prod-ingest': 'AWS::Lambda::Function',
      'mapping-1': 'AWS::Lambda::EventSourceMapping',
      'mapping-2': 'AWS::Lambda::EventSourceMapping',
      'keytrail-prod-table': 'AWS::DynamoDB::Table',
      OrganisationMaySend: 'AWS::Events::EventBusPolicy',
    },
    trails: [
      {
        Name: 'organisation',
        TrailARN: TRAIL_ARN,
        HomeRegion: 'eu-west-1',
        IsMultiRegionTrail: true,
        IsOrganizationTrail: true,
      },
    ],
    trailStatus: { IsLogging: true },
    selectors: {
      TrailARN: TRAIL_ARN,
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources: [],
          ExcludeManagementEventSources: [],
        },
      ],
    },
    rules: {
      'keytrail-kms': aRule('keytrail-kms', {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail'],
        detail: { eventSource: ['kms.amazonaws.com'] },
      }),
      'keytrail-sagemaker': aRule('keytrail-sagemaker', {
        source: ['aws.sagemaker'],
        'detail-type': ['AWS API Call via CloudTrail', { wildcard: 'SageMaker *State Change' }],
      }),
    },
    targets: {
      'keytrail-kms': [{ Id: 'queue', Arn: INGEST_ARN, DeadLetterConfig: { Arn: DEAD_ARN } }],
      'keytrail-sagemaker': [{ Id: 'queue', Arn: INGEST_ARN, DeadLetterConfig: { Arn: DEAD_ARN } }],
    },
    queues: {
      [INGEST_URL]: {
        QueueArn: INGEST_ARN,
        Policy: queuePolicy(INGEST_ARN),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: DEAD_ARN, maxReceiveCount: 5 }),
        VisibilityTimeout: '380',
        SqsManagedSseEnabled: 'true',
        ApproximateNumberOfMessages: '12',
      },
      [LOG_FILES_URL]: {
        QueueArn: LOG_FILES_ARN,
        Policy: logFilesPolicy('s3', `arn:aws:s3:::${LOG_BUCKET}`),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: DEAD_ARN, maxReceiveCount: 5 }),
        VisibilityTimeout: '1860',
        SqsManagedSseEnabled: 'true',
        ApproximateNumberOfMessages: '0',
      },
      [DEAD_URL]: {
        QueueArn: DEAD_ARN,
        Policy: queuePolicy(DEAD_ARN),
        VisibilityTimeout: '30',
        SqsManagedSseEnabled: 'true',
        ApproximateNumberOfMessages: '0',
      },
      [FAILED_URL]: {
        QueueArn: `arn:aws:sqs:${ARN}:keytrail-prod-failed-runs`,
        SqsManagedSseEnabled: 'true',
        ApproximateNumberOfMessages: '0',
      },
    },
    notifications: { QueueConfiguration: [aNotification({ Queue: LOG_FILES_ARN })] },
    bus: { Name: 'default', Arn: `arn:aws:events:${ARN}:event-bus/default`, Policy: busPolicy(ORGANISATION) },
    functions: {
      'keytrail-prod-ingest': {
        FunctionName: 'keytrail-prod-ingest',
        FunctionArn: `arn:aws:lambda:${ARN}:function:keytrail-prod-ingest`,
        State: 'Active',
        LastUpdateStatus: 'Successful',
        Timeout: 60,
      },
    },
    reserved: {},
    mapping: {
      UUID: 'mapping-1',
      EventSourceArn: INGEST_ARN,
      FunctionArn: `arn:aws:lambda:${ARN}:function:keytrail-prod-ingest`,
      State: 'Enabled',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumBatchingWindowInSeconds: 20,
    },
    logFilesMapping: {
      UUID: 'mapping-2',
      EventSourceArn: LOG_FILES_ARN,
      FunctionArn: `arn:aws:lambda:${ARN}:function:keytrail-prod-ingest`,
      State: 'Enabled',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumBatchingWindowInSeconds: 60,
    },
    table: {
      TableName: 'keytrail-prod-table',
      TableStatus: 'ACTIVE',
      DeletionProtectionEnabled: true,
      SSEDescription: {
        Status: 'ENABLED',
        SSEType: 'KMS',
        KMSMasterKeyArn: `arn:aws:kms:${ARN}:key/table-key`,
      },
    },
    recovery: 'ENABLED',
    timeToLive: { TimeToLiveStatus: 'DISABLED' },
  };
}

/** A spoke in which all is right: rules that send to a hub's bus, and a queue for what does not arrive there. */
export function spokeParts(): Parts {
  const parts = soundParts();
  for (const name of Object.keys(parts.targets)) {
    parts.targets[name] = [
      {
        Id: 'hub',
        Arn: HUB_BUS_ARN,
        RoleArn: 'arn:aws:iam::111122223333:role/keytrail-spoke',
        DeadLetterConfig: { Arn: DEAD_ARN },
      },
    ];
  }
  return {
    ...parts,
    parameters: { HubEventBusArn: HUB_BUS_ARN },
    resources: {
      'keytrail-kms': 'AWS::Events::Rule',
      'keytrail-sagemaker': 'AWS::Events::Rule',
      [DEAD_URL]: 'AWS::SQS::Queue',
    },
  };
}

/** The account that answers so; a list comes in two pages, as AWS may give any. */
export function anAccount(parts: Parts): Account {
  const resources = Object.entries(parts.resources).map(([PhysicalResourceId, ResourceType], index) => ({
    LogicalResourceId: PhysicalResourceId === LOG_FILES_URL ? 'LogFilesQueue' : `Resource${index}`,
    PhysicalResourceId,
    ResourceType,
    ResourceStatus: 'CREATE_COMPLETE',
    LastUpdatedTimestamp: '2026-03-01T10:00:00Z',
  }));
  const gone = { ...resources[0], PhysicalResourceId: 'gone', ResourceStatus: 'DELETE_COMPLETE' };
  return {
    'cloudformation:DescribeStacks': (id) =>
      id === 'keytrail-prod'
        ? {
            Stacks: [
              {
                StackId: `arn:aws:cloudformation:${ARN}:stack/keytrail-prod/1`,
                StackName: 'keytrail-prod',
                StackStatus: 'UPDATE_COMPLETE',
                CreationTime: '2026-03-01T10:00:00Z',
                Parameters: Object.entries(parts.parameters).map(([ParameterKey, ParameterValue]) => ({
                  ParameterKey,
                  ParameterValue,
                })),
              },
            ],
          }
        : undefined,
    'cloudformation:ListStackResources': (id) =>
      id === 'page-2'
        ? { StackResourceSummaries: resources.slice(2) }
        : { StackResourceSummaries: [gone, ...resources.slice(0, 2)], NextToken: 'page-2' },
    'cloudtrail:DescribeTrails': () => ({ trailList: parts.trails }),
    'cloudtrail:GetTrailStatus': () => parts.trailStatus,
    'cloudtrail:GetEventSelectors': () => parts.selectors,
    'dynamodb:DescribeTable': () => ({ Table: parts.table }),
    'dynamodb:DescribeContinuousBackups': () => ({
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: parts.recovery },
      },
    }),
    'dynamodb:DescribeTimeToLive': () => ({ TimeToLiveDescription: parts.timeToLive }),
    'events:DescribeEventBus': () => parts.bus,
    'events:DescribeRule': (id) => parts.rules[id],
    'events:ListTargetsByRule': (id) => ({ Targets: parts.targets[id] ?? [] }),
    'lambda:GetEventSourceMapping': (id) => (id === 'mapping-2' ? parts.logFilesMapping : parts.mapping),
    'lambda:GetFunctionConcurrency': () => parts.reserved,
    'lambda:GetFunctionConfiguration': (id) => parts.functions[id],
    's3:GetBucketNotification': (id) => (id === LOG_BUCKET ? parts.notifications : undefined),
    'sqs:GetQueueAttributes': (id) =>
      parts.queues[id] === undefined ? undefined : { Attributes: parts.queues[id] },
  };
}

function aRule(Name: string, pattern: object): Record<string, unknown> {
  return {
    Name,
    Arn: ruleArn(Name),
    EventBusName: 'default',
    State: STATE,
    EventPattern: JSON.stringify(pattern),
  };
}

/** As S3 writes it; what it is for comes besides. */
export function aNotification(to: object, event = 's3:ObjectCreated:*', suffix = '.json.gz'): object {
  return {
    Id: 'keytrail',
    ...to,
    Event: [event],
    Filter: { S3Key: { FilterRule: [{ Name: 'Suffix', Value: suffix }] } },
  };
}

export function logFilesPolicy(service: 's3' | 'sns', sourceArn: string): string {
  return JSON.stringify({
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: `${service}.amazonaws.com` },
        Action: 'sqs:SendMessage',
        Resource: LOG_FILES_ARN,
        Condition: {
          ArnEquals: { 'aws:SourceArn': sourceArn },
          ...(service === 's3' ? { StringEquals: { 'aws:SourceAccount': '999988887777' } } : {}),
        },
      },
    ],
  });
}

function queuePolicy(queueArn: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnLike: { 'aws:SourceArn': ruleArn('keytrail-*') } },
      },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: queueArn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  });
}

export function busPolicy(organisation: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Sid: 'OrganisationMaySend',
      Effect: 'Allow',
      Principal: '*',
      Action: 'events:PutEvents',
      Resource: `arn:aws:events:${ARN}:event-bus/default`,
      Condition: { StringEquals: { 'aws:PrincipalOrgID': organisation } },
    },
  });
}
