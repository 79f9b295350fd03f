import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { DynamoDbTable } from '../../src/history/dynamodb-table.ts';
import { createTable } from '../../src/local/create-table.ts';
import type { OpenTable } from '../history/table-contract.ts';

/** Something that speaks DynamoDB's API. */
export interface DynamoDbEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** The embedded engine, in this process and in memory, on a free port of the loopback. */
export async function serveDynalite(): Promise<DynamoDbEndpoint> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

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
