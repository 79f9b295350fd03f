import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openEmbeddedStore } from '../embedded/embedded-store.ts';
import { folderBytes } from '../embedded/folder-bytes.ts';
import type { LargeBytes } from '../s3/large-bytes.ts';
import { DynamoDbTable } from '../table/dynamodb-table.ts';
import type { Table } from '../table/table.ts';
import type { Settings } from './settings.ts';

/** The store that the settings name, for the length of a command. */
export interface OpenStore {
  readonly table: Table;
  /** Quarantined bytes that are too large for an item. */
  readonly large: LargeBytes;
  /** Where alerts are told of on this machine; absent of a table in AWS, whose stack tells of them. */
  readonly alertsFolder?: string;
  /** Puts on the disk what was taken, and lets go. */
  close(): Promise<void>;
}

export async function openStore(settings: Settings): Promise<OpenStore> {
  if (settings.tableName !== undefined) return openTableInAws(settings.tableName, settings);
  const store = await openEmbeddedStore(settings.dataFolder);
  return {
    table: store.table,
    large: folderBytes(store.folder.quarantine),
    alertsFolder: settings.dataFolder,
    async close() {
      try {
        store.flush();
      } finally {
        await store.close();
      }
    },
  };
}

/** Opens the store for some work, and lets go of it whatever happens. */
export async function withStore(
  settings: Settings,
  work: (store: OpenStore) => Promise<void>,
): Promise<void> {
  const store = await openStore(settings);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** Region, credentials and endpoint are the ordinary AWS variables', read by the SDK itself. */
async function openTableInAws(tableName: string, settings: Settings): Promise<OpenStore> {
  const client = new DynamoDBClient({ maxAttempts: 1 });
  return {
    table: new DynamoDbTable({ client, tableName, sleep: (milliseconds) => sleep(milliseconds) }),
    large: await largeBytesOf(settings),
    async close() {
      client.destroy();
    },
  };
}

/** The stack's bucket where it is named; else a folder of this machine, as beside the embedded store. */
async function largeBytesOf({ quarantineBucket, isPathStyleS3, dataFolder }: Settings): Promise<LargeBytes> {
  if (quarantineBucket === undefined) return folderBytes(join(dataFolder, 'quarantine'));
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { bucketBytes } = await import('../s3/bucket-bytes.ts');
  return bucketBytes(new S3Client({ forcePathStyle: isPathStyleS3 }), quarantineBucket);
}
