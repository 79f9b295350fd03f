import { closeSync, fsyncSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { Level } from 'level';
import { DynamoDbTable } from '../history/dynamodb-table.ts';
import type { Table } from '../history/table.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { EmbeddedHandler, ownerRoute, type Route, socketRoute } from './embedded-handler.ts';

const TABLE_NAME = 'keytrail';
/** Another process may be between taking the folder and serving it. */
const ELECTION_ATTEMPTS = 100;
const ELECTION_PAUSE_MS = 100;

export interface EmbeddedStore {
  readonly table: Table;
  readonly folder: DataFolder;
  /** Asks the system to put on the disk what the table has taken. */
  flush(): void;
  close(): Promise<void>;
}

/**
 * Opens the store of a data folder: DynamoDB's API by dynalite over LevelDB. LevelDB has one owner; the first
 * process takes the folder and serves it on a socket, the others use that, and when it ends one of them takes
 * over.
 * @throws KeytrailError `data-folder` or `store-unavailable`
 */
export async function openEmbeddedStore(path: string): Promise<EmbeddedStore> {
  const folder = openDataFolder(path);
  const handler = new EmbeddedHandler(() => findRoute(folder));
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: 'http://localhost',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    // The table retries by itself: it must know of each answer that was lost.
    maxAttempts: 1,
    requestHandler: handler,
  });
  await createTable(client);
  return {
    table: new DynamoDbTable({ client, tableName: TABLE_NAME, sleep: (milliseconds) => sleep(milliseconds) }),
    folder,
    flush: () => flushFiles(folder.database),
    async close() {
      await handler.close();
      client.destroy();
    },
  };
}

async function createTable(client: DynamoDBClient): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: TABLE_NAME,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    // The engine makes a table active on the next turn of its loop.
    await sleep(20);
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

async function findRoute(folder: DataFolder): Promise<Route> {
  for (let attempt = 0; attempt < ELECTION_ATTEMPTS; attempt++) {
    if (await isServed(folder.socket)) return socketRoute(folder.socket);
    const lock = await takeLock(folder.lock);
    if (lock !== undefined) return serve(folder, lock);
    await sleep(ELECTION_PAUSE_MS);
  }
  throw new KeytrailError(
    'store-unavailable',
    `Another process holds ${folder.path} and does not answer; end it, then try again.`,
  );
}

function isServed(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** LevelDB locks its folder against other processes, and the system lets go when a process ends, however. */
async function takeLock(path: string): Promise<Level | undefined> {
  const lock = new Level(path);
  try {
    await lock.open();
    return lock;
  } catch (error) {
    if (isLocked(error)) return undefined;
    throw new KeytrailError(
      'data-folder',
      `The data folder cannot be used (${messageOf(error)}); free space on its disk or name another with KEYTRAIL_DATA.`,
      { cause: error },
    );
  }
}

async function serve(folder: DataFolder, lock: Level): Promise<Route> {
  const server = dynalite({ path: folder.database, createTableMs: 0 });
  if (process.platform !== 'win32') {
    try {
      unlinkSync(folder.socket);
    } catch {
      // Nobody left one behind.
    }
  }
  // The table has no access control of its own: what guards it is that only its owner reaches the socket.
  const mask = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(folder.socket, resolve);
    });
  } finally {
    process.umask(mask);
  }
  // Serving others must not keep a process alive whose own work is done.
  server.unref();
  return ownerRoute(server, async () => {
    server.closeIdleConnections();
    setImmediate(() => server.closeAllConnections());
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await lock.close();
  });
}

function flushFiles(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    if (!/\.(log|ldb)$|^MANIFEST|^CURRENT$/.test(name)) continue;
    try {
      const file = openSync(join(folder, name), 'r');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch {
      // LevelDB may have compacted the file away in between: its successor is in this list or durable.
    }
  }
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
