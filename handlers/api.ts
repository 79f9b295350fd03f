import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { handle } from 'hono/aws-lambda';
import { createApi } from '../src/api/app.ts';
import { callerOfClaims } from '../src/api/caller-of-claims.ts';
import { DynamoDbTable } from '../src/history/dynamodb-table.ts';
import { History } from '../src/history/history.ts';
import { tableNameOf } from './settings.ts';

const table = new DynamoDbTable({
  client: new DynamoDBClient({ maxAttempts: 1 }),
  tableName: tableNameOf(process.env),
  sleep: (milliseconds) => sleep(milliseconds),
});

/** The HTTP API over the table, behind API Gateway's JWT authorizer: who is not verified is refused. */
export const handler = handle(
  createApi({
    questions: new History(table),
    randomUuid: () => randomUUID(),
    reportFailure: (error, correlationId) =>
      console.error(
        JSON.stringify({ correlationId, error: error instanceof Error ? error.name : 'unknown' }),
      ),
    authorize: (_request, bindings) => callerOfClaims(bindings),
  }),
);
