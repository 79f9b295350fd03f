import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type OpenMode, openEmbeddedStore } from '../embedded/embedded-store.ts';
import { folderBytes } from '../embedded/folder-bytes.ts';
import { keyFileSigner } from '../embedded/key-file.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { SealSigner } from '../proof/sign-log.ts';
import type { LargeBytes } from '../s3/large-bytes.ts';
import { DynamoDbTable } from '../table/dynamodb-table.ts';
import type { Table } from '../table/table.ts';
import type { Settings } from './settings.ts';

/** The store that the settings name, for the length of a command. */
export interface OpenStore {
  readonly table: Table;
  /** Quarantined bytes that are too large for an item. */
  readonly large: LargeBytes;
  /** Signs the log of sealed days. */
  readonly signer: SealSigner;
  /** Folder of the embedded store, where alerts are also written; absent for a table in AWS. */
  readonly dataFolder?: string;
  /** Puts on the disk what was taken, and lets go. */
  close(): Promise<void>;
}

/**
 * Opens the store that the settings name.
 * @param mode what the command does with it: only what may be the first to write makes a store where there is none
 * @throws KeytrailError see `openEmbeddedStore`
 */
export async function openStore(settings: Settings, mode: OpenMode): Promise<OpenStore> {
  if (settings.tableName !== undefined) return openTableInAws(settings.tableName, settings);
  const store = await openEmbeddedStore(settings.dataFolder, { mode });
  return {
    table: store.table,
    large: folderBytes(store.folder.quarantine),
    signer: keyFileSigner(store.folder),
    dataFolder: settings.dataFolder,
    async close() {
      try {
        if (mode !== 'read') await store.flush();
      } finally {
        await store.close();
      }
    },
  };
}

/** Opens the store for some work, and lets go of it whatever happens. */
export async function withStore(
  settings: Settings,
  mode: OpenMode,
  work: (store: OpenStore) => Promise<void>,
): Promise<void> {
  const store = await openStore(settings, mode);
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
    signer: stackSigner(),
    async close() {
      client.destroy();
    },
  };
}

/** The key of a stack signs for the stack's own function alone, which also signs what a command has sealed. */
function stackSigner(): SealSigner {
  const refuse = async (): Promise<never> => {
    throw new KeytrailError(
      'cannot-sign',
      "What this command sealed is in the log of seals; the stack's own sealer signs it at its next run.",
    );
  };
  return { publicKey: refuse, sign: refuse };
}

/** The stack's bucket where it is named; else a folder of this machine, as beside the embedded store. */
async function largeBytesOf({ quarantineBucket, isPathStyleS3, dataFolder }: Settings): Promise<LargeBytes> {
  if (quarantineBucket === undefined) return folderBytes(join(dataFolder, 'quarantine'));
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { bucketBytes } = await import('../s3/bucket-bytes.ts');
  return bucketBytes(new S3Client({ forcePathStyle: isPathStyleS3 }), quarantineBucket);
}
