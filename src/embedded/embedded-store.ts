import { closeSync, fsyncSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { Level } from 'level';
import { KeytrailError } from '../keytrail-error.ts';
import { DynamoDbTable } from '../table/dynamodb-table.ts';
import type { Table } from '../table/table.ts';
import { createTable } from './create-table.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { EmbeddedHandler, Engine, ownerRoute, type Route, socketRoute } from './embedded-handler.ts';
import { EmbeddedTable } from './embedded-table.ts';
import { EngineTable } from './engine-table.ts';
import { openEngine } from './open-engine.ts';

const TABLE_NAME = 'keytrail';
/** Another process may be between taking the folder and serving it. */
const ELECTION_ATTEMPTS = 100;
const ELECTION_PAUSE_MS = 100;
/** A table is made and usable within a turn of the engine's loop. */
const TABLE_PAUSE_MS = 10;
const UNFINISHED_ATTEMPTS = 50;
/** What makes a table usable whose maker was killed before it said that it is: the engine heeds no throughput. */
const ANY_CHANGE: UpdateTableCommandInput = {
  TableName: TABLE_NAME,
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
};

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
  await ensureTable(client);
  const table = new DynamoDbTable({
    client,
    tableName: TABLE_NAME,
    sleep: (milliseconds) => sleep(milliseconds),
  });
  return {
    table: new EmbeddedTable(table, () => handler.ownTable),
    folder,
    flush: () => flushFiles(folder.database),
    async close() {
      await handler.close();
      client.destroy();
    },
  };
}

/** Makes the table where it is not there yet, and waits until it can be used. */
async function ensureTable(client: DynamoDBClient): Promise<void> {
  const TableName = TABLE_NAME;
  for (let attempt = 0; attempt < ELECTION_ATTEMPTS; attempt++) {
    try {
      const { Table: table } = await client.send(new DescribeTableCommand({ TableName }));
      if (table?.TableStatus !== 'CREATING') return;
      if (attempt === UNFINISHED_ATTEMPTS) await client.send(new UpdateTableCommand(ANY_CHANGE));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) await createTableOnce(client);
      else if (!isConnectionLost(error)) throw error;
    }
    await sleep(TABLE_PAUSE_MS);
  }
  throw new KeytrailError(
    'store-unavailable',
    'The table of the data folder does not become usable; end the other processes that use it, then try again.',
  );
}

async function createTableOnce(client: DynamoDBClient): Promise<void> {
  try {
    await createTable(client, TABLE_NAME);
  } catch (error) {
    // Another process came first, or its owner ended under the request: the next look will tell.
    if (!(error instanceof ResourceInUseException || isConnectionLost(error))) throw error;
  }
}

/** The process that served the table has ended: the next request finds another, or becomes it. */
function isConnectionLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE';
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
    throw unusable(error);
  }
}

async function serve(folder: DataFolder, lock: Level): Promise<Route> {
  const { server, level, lockOf } = openEngine(folder.database);
  const engine = new Engine(server);
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
  } catch (error) {
    await lock.close();
    throw unusable(error);
  } finally {
    process.umask(mask);
  }
  // Serving others must not keep a process alive whose own work is done.
  server.unref();
  return ownerRoute(engine, new EngineTable(level, lockOf(TABLE_NAME), TABLE_NAME), async () => {
    await engine.close();
    server.closeIdleConnections();
    setImmediate(() => server.closeAllConnections());
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await lock.close();
  });
}

function flushFiles(folder: string): void {
  for (const name of namesIn(folder)) {
    if (!/\.(log|ldb)$|^MANIFEST|^CURRENT$/.test(name)) continue;
    try {
      const file = openSync(join(folder, name), 'r');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      // LevelDB may have compacted the file away in between: its successor is in this list or durable.
      if (!isMissing(error)) throw unusable(error);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unusable(error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unusable(cause: unknown): KeytrailError {
  return new KeytrailError(
    'data-folder',
    `The data folder cannot be used (${messageOf(cause)}); free space on its disk or name another with KEYTRAIL_DATA.`,
    { cause },
  );
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
