import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbTable } from '../history/dynamodb-table.ts';
import type { Table } from '../history/table.ts';
import { openEmbeddedStore } from '../local/embedded-store.ts';
import type { Settings } from './settings.ts';

/** The store that the settings name, for the length of a command. */
export interface OpenStore {
  readonly table: Table;
  /** Keeps quarantined bytes that are too large for an item. */
  keepLarge(name: string, bytes: Uint8Array): Promise<void>;
  /** Puts on the disk what was taken, and lets go. */
  close(): Promise<void>;
}

export async function openStore(settings: Settings): Promise<OpenStore> {
  if (settings.tableName !== undefined) return openTableInAws(settings.tableName, settings.dataFolder);
  const store = await openEmbeddedStore(settings.dataFolder);
  return {
    table: store.table,
    keepLarge: (name, bytes) => keepInFolder(store.folder.quarantine, name, bytes),
    async close() {
      try {
        store.flush();
      } finally {
        await store.close();
      }
    },
  };
}

/** Region, credentials and endpoint are the ordinary AWS variables', read by the SDK itself. */
function openTableInAws(tableName: string, dataFolder: string): OpenStore {
  const client = new DynamoDBClient({ maxAttempts: 1 });
  return {
    table: new DynamoDbTable({ client, tableName, sleep: (milliseconds) => sleep(milliseconds) }),
    keepLarge: (name, bytes) => keepInFolder(join(dataFolder, 'quarantine'), name, bytes),
    async close() {
      client.destroy();
    },
  };
}

async function keepInFolder(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, name), bytes, { mode: 0o600, flush: true });
}
