import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EmbeddedHandler, socketRoute } from '../src/embedded/embedded-handler.ts';
import type { EmbeddedStore } from '../src/embedded/embedded-store.ts';
import { attributesBytes, kindOf } from './metered-table.ts';

export interface StoredBytes {
  items: number;
  bytes: number;
  readonly byKind: Record<string, { items: number; bytes: number }>;
}

/** DynamoDB bills so many bytes of index for each item on top ("Table size and request sizes", pricing page). */
export const BILLED_OVERHEAD_BYTES = 100;

/** Adds up everything in the table of an embedded store, by a scan through DynamoDB's API. */
export async function storedBytes(store: EmbeddedStore): Promise<StoredBytes> {
  const stored: StoredBytes = { items: 0, bytes: 0, byKind: {} };
  for await (const item of scan(store)) {
    const bytes = attributesBytes(item);
    const kind = kindOf(item['pk']?.S ?? '');
    stored.byKind[kind] ??= { items: 0, bytes: 0 };
    const sums = stored.byKind[kind];
    sums.items++;
    sums.bytes += bytes;
    stored.items++;
    stored.bytes += bytes;
  }
  return stored;
}

async function* scan(store: EmbeddedStore): AsyncGenerator<Record<string, AttributeValue>> {
  const handler = new EmbeddedHandler(async () => socketRoute(store.folder.socket));
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: 'http://localhost',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    requestHandler: handler,
  });
  try {
    let startKey: Record<string, AttributeValue> | undefined;
    do {
      const answer = await client.send(
        new ScanCommand({
          TableName: 'keytrail',
          ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
        }),
      );
      yield* answer.Items ?? [];
      startKey = answer.LastEvaluatedKey;
    } while (startKey !== undefined);
  } finally {
    await handler.close();
    client.destroy();
  }
}
