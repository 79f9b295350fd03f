import type { AwsClients } from './aws-clients.ts';
import { type ReadResult, readFromAws } from './read-result.ts';

/** The history's table, as DynamoDB describes it. */
export interface DeployedTable {
  readonly name: string;
  readonly status: string;
  readonly isDeletionProtected: boolean;
  /** Its customer or AWS managed key; absent where DynamoDB encrypts with a key that it owns. */
  readonly keyArn?: string;
  /** ISO time since when DynamoDB cannot use that key. */
  readonly keyUnusableSince?: string;
  readonly hasRecovery: ReadResult<boolean>;
  /** The attribute by which items expire; undefined where time to live is off. */
  readonly ttlAttribute: ReadResult<string | undefined>;
}

export async function readTable({ dynamoDb }: AwsClients, name: string): Promise<ReadResult<DeployedTable>> {
  const [table, hasRecovery, ttlAttribute] = await Promise.all([
    readFromAws(
      'dynamodb:DescribeTable',
      async () => (await dynamoDb.describeTable({ TableName: name })).Table ?? {},
    ),
    readFromAws('dynamodb:DescribeContinuousBackups', async () => {
      const { ContinuousBackupsDescription } = await dynamoDb.describeContinuousBackups({ TableName: name });
      const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      return recovery?.PointInTimeRecoveryStatus === 'ENABLED';
    }),
    readFromAws('dynamodb:DescribeTimeToLive', async () => {
      const { TimeToLiveDescription } = await dynamoDb.describeTimeToLive({ TableName: name });
      const { TimeToLiveStatus, AttributeName } = TimeToLiveDescription ?? {};
      return TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING' ? AttributeName : undefined;
    }),
  ]);
  if (table.kind !== 'read') return table;
  const { TableStatus, DeletionProtectionEnabled, SSEDescription } = table.value;
  return {
    kind: 'read',
    value: {
      name,
      status: TableStatus ?? 'in an unknown state',
      isDeletionProtected: DeletionProtectionEnabled === true,
      ...(SSEDescription?.KMSMasterKeyArn === undefined ? {} : { keyArn: SSEDescription.KMSMasterKeyArn }),
      ...(SSEDescription?.InaccessibleEncryptionDateTime === undefined
        ? {}
        : { keyUnusableSince: SSEDescription.InaccessibleEncryptionDateTime.toISOString() }),
      hasRecovery,
      ttlAttribute,
    },
  };
}
