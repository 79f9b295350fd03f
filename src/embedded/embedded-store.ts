import { accessSync, closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { checkDatabase, checkFile, flushesOf } from './check-database.ts';
import { closeToOthers, type DataFolder, findDataFolder, makeDataFolder, sizeOf } from './data-folder.ts';
import { makeStore } from './make-store.ts';
import { isBusy, storeError } from './sqlite-error.ts';
import { SqliteTable } from './sqlite-table.ts';
import { addMarker, readMarker, replaceMarker } from './store-marker.ts';

/** SQLite itself waits so long for another writer, blocking the thread; what waits longer waits off the thread. */
const LOCK_WAIT_MS = 50;
const OPEN_ATTEMPTS = 1_000;
const OPEN_PAUSE_MS = 20;
/** Pages that a connection keeps in memory, in KiB. */
const CACHE_KIB = 16_384;

export interface EmbeddedStore {
  readonly table: Table;
  readonly folder: DataFolder;
  /** Puts on the disk what the table has taken: after this it survives also the machine's end. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** `read` changes nothing; `change` works on a store that is there; `create` makes one where there is none. */
export type OpenMode = 'read' | 'change' | 'create';

/**
 * Opens the store of a data folder: one SQLite database in write-ahead-log mode, which any number of processes and
 * threads open themselves. What a write has resolved for survives the end of the process, however it comes.
 * @throws KeytrailError `no-history` where there is none; `data-folder` where a file of it is missing, cut or not a
 *   store's, or where the folder cannot be used; nothing is changed then
 */
export async function openEmbeddedStore(
  path: string,
  { mode }: { readonly mode: OpenMode },
): Promise<EmbeddedStore> {
  const folder = mode === 'create' ? makeDataFolder(path) : findDataFolder(path);
  if (mode === 'create') makeStore(folder);
  const marker = readMarker(folder.marker);
  await checkFile(folder);
  closeToOthers(folder);
  const database = await openDatabase(folder, mode);
  try {
    const flushes = await whenFree(folder, () => checkDatabase(database, folder, marker));
    if (marker === undefined && mode !== 'read') addMarker(folder, flushes);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    table: new SqliteTable(database, folder.database),
    folder,
    flush: () => flush(database, folder),
    async close() {
      // The last to close lays the write-ahead log into the database and takes it away.
      database.close();
    },
  };
}

async function openDatabase(folder: DataFolder, mode: OpenMode): Promise<DatabaseSync> {
  const isReader = mode === 'read';
  if (!isReader && !mayWrite(folder)) {
    throw new KeytrailError(
      'data-folder',
      `${folder.database} can be read and not written; make it writable for this user, or name another folder with --data.`,
    );
  }
  return whenFree(folder, () => {
    const database =
      isReader && !mayWrite(folder)
        ? openUnchanging(folder)
        : new DatabaseSync(folder.database, { timeout: LOCK_WAIT_MS });
    try {
      database.exec(
        `PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA cell_size_check = ON; PRAGMA query_only = ${isReader ? 'ON' : 'OFF'}`,
      );
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * On a disk that nobody writes to SQLite needs no locks and no files beside the database.
 * @see https://www.sqlite.org/uri.html#uriimmutable
 */
function openUnchanging({ database }: DataFolder): DatabaseSync {
  if (sizeOf(`${database}-wal`) > 0) {
    throw new KeytrailError(
      'data-folder',
      `${database} was not closed and cannot be written, so the rest of it in ${database}-wal cannot be read; open it once where it can be written.`,
    );
  }
  const url = pathToFileURL(database);
  url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

function mayWrite({ path, database }: DataFolder): boolean {
  try {
    accessSync(path, constants.W_OK);
    accessSync(database, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts database and write-ahead log on the disk, and then says in the marker how far the database had come: should
 * either lack that later, it is missed.
 */
async function flush(database: DatabaseSync, folder: DataFolder): Promise<void> {
  await whenFree(folder, () => database.exec('UPDATE flushes SET count = count + 1 WHERE id = 1'));
  const flushes = await whenFree(folder, () => flushesOf(database));
  for (const file of [`${folder.database}-wal`, folder.database]) syncFile(file);
  replaceMarker(folder, flushes);
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

async function whenFree<Answer>(folder: DataFolder, work: () => Answer): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || attempt === OPEN_ATTEMPTS) throw storeError(error, folder.database);
    }
    await sleep(OPEN_PAUSE_MS);
  }
}
