import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Environment } from '../src/environment.ts';
import { DynamoDbTable } from '../src/table/dynamodb-table.ts';
import { tableNameOf } from './settings.ts';

/** The stack's table, with a client configured by the ordinary AWS variables. */
export function tableOf(environment: Environment): DynamoDbTable {
  return new DynamoDbTable({
    client: new DynamoDBClient({
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
    }),
    tableName: tableNameOf(environment),
    sleep: (milliseconds) => sleep(milliseconds),
  });
}
