import type { Looked } from '../looked.ts';
import type { TableInAws } from '../table-in-aws.ts';
import { ask } from './ask.ts';
import type { Clients } from './clients.ts';

export async function askTable({ dynamoDb }: Clients, name: string): Promise<Looked<TableInAws>> {
  const [table, hasRecovery, ttlAttribute] = await Promise.all([
    ask(
      'dynamodb:DescribeTable',
      async () => (await dynamoDb.describeTable({ TableName: name })).Table ?? {},
    ),
    ask('dynamodb:DescribeContinuousBackups', async () => {
      const { ContinuousBackupsDescription } = await dynamoDb.describeContinuousBackups({ TableName: name });
      const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      return recovery?.PointInTimeRecoveryStatus === 'ENABLED';
    }),
    ask('dynamodb:DescribeTimeToLive', async () => {
      const { TimeToLiveDescription } = await dynamoDb.describeTimeToLive({ TableName: name });
      const { TimeToLiveStatus, AttributeName } = TimeToLiveDescription ?? {};
      return TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING' ? AttributeName : undefined;
    }),
  ]);
  if (table.kind !== 'seen') return table;
  const { TableStatus, DeletionProtectionEnabled, SSEDescription } = table.value;
  return {
    kind: 'seen',
    value: {
      name,
      status: TableStatus ?? 'in a state that is not told',
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
