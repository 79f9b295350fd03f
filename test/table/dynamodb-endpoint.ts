import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../deploy/local/create-table.ts';
import type { DynamoDbEndpoint } from '../../deploy/local/serve-dynalite.ts';
import { DynamoDbTable } from '../../src/table/dynamodb-table.ts';
import type { OpenTable } from './table-contract.ts';

/** A table of its own at an endpoint, gone after. */
export async function openTableAt(url: string): Promise<OpenTable> {
  const { AWS_ACCESS_KEY_ID: accessKeyId } = process.env;
  const client = new DynamoDBClient({
    endpoint: url,
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    maxAttempts: 1,
    // An endpoint that is not AWS's takes any; one that is takes those of the environment.
    ...(accessKeyId === undefined ? { credentials: { accessKeyId: 'any', secretAccessKey: 'any' } } : {}),
  });
  const tableName = `keytrail-contract-${randomUUID()}`;
  await createTable(client, tableName);
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 60 }, { TableName: tableName });
  return {
    table: new DynamoDbTable({ client, tableName, sleep: (milliseconds) => sleep(milliseconds) }),
    async close() {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
      client.destroy();
    },
  };
}

/** A table at an endpoint that is served for it alone. */
export async function openTableOn(endpoint: DynamoDbEndpoint): Promise<OpenTable> {
  const { table, close } = await openTableAt(endpoint.url);
  return {
    table,
    async close() {
      await close();
      await endpoint.close();
    },
  };
}
