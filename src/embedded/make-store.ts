import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ALL_TABLES, APPLICATION_ID, PAGE_BYTES } from './check-database.ts';
import { type DataFolder, unusable } from './data-folder.ts';
import { newFileName, publish } from './publish-file.ts';
import { storeError } from './sqlite-error.ts';
import { STORE_FORMAT } from './store-marker.ts';

/**
 * Makes an empty database where there is none and no marker says that there was one. It is complete when it gets its
 * name: a process may die over it, and several may do it at once.
 * @throws KeytrailError `data-folder`
 */
export function makeStore(folder: DataFolder): void {
  if (existsSync(folder.marker) || existsSync(folder.database)) return;
  const path = newFileName(folder.database);
  try {
    // SQLite takes the modes of its other files from this one.
    closeSync(openSync(path, 'wx', 0o600));
    makeDatabase(path);
    publish(path, folder.database);
  } catch (error) {
    rmSync(path, { force: true });
    throw error instanceof Error && 'errcode' in error
      ? storeError(error, folder.database)
      : unusable(folder.path, error);
  }
}

function makeDatabase(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STORE_FORMAT}`);
    for (const { sql } of ALL_TABLES) database.exec(sql);
    database.exec('INSERT INTO flushes (id, count) VALUES (1, 0)');
  } finally {
    database.close();
  }
}
