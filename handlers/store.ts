import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbTable } from '../src/history/dynamodb-table.ts';
import type { Keeping } from '../src/ingest/make-durable.ts';
import { tableNameOf } from './settings.ts';

/** The stack's table. */
export function storeOf(environment: NodeJS.ProcessEnv): Keeping {
  return {
    table: new DynamoDbTable({
      client: new DynamoDBClient({ maxAttempts: 1 }),
      tableName: tableNameOf(environment),
      sleep: (milliseconds) => sleep(milliseconds),
    }),
    async keepLarge(name) {
      throw new Error(`${name} is too large for an item, and there is no place for it.`);
    },
  };
}
