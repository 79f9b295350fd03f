import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { KeytrailError } from '../keytrail-error.ts';
import { systemErrorWords } from '../text/system-error.ts';

/** Where the embedded store keeps its things. */
export interface DataFolder {
  readonly path: string;
  /** The SQLite database of the table. */
  readonly database: string;
  /** Says that there is a store here, so that a database which is gone is missed. */
  readonly marker: string;
  /** Quarantined records too large for an item. */
  readonly quarantine: string;
  /** What local delivery writes of alerts. */
  readonly alerts: string;
  /** The private key that signs the log of sealed days. */
  readonly sealKey: string;
}

/** What SQLite keeps beside a database while it is open. */
const SIDE_FILES = ['-wal', '-shm'] as const;

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Finds the folder of a store and whether there is one.
 * @throws KeytrailError `no-history` where there is none, `data-folder` where it is of another format or cannot be opened
 */
export function findDataFolder(path: string): DataFolder {
  let folder: DataFolder;
  try {
    folder = folderAt(realpathSync(path));
    if (!statSync(folder.path).isDirectory()) throw new Error('it is a file');
  } catch (cause) {
    if (isMissing(cause)) throw noHistory(path);
    throw unusable(path, cause);
  }
  refuseEarlierFormat(folder);
  if (!existsSync(folder.marker) && !existsSync(folder.database)) throw noHistory(path);
  return folder;
}

/**
 * Makes the folder where it is not there yet, for its owner alone.
 * @throws KeytrailError `data-folder`
 */
export function makeDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
    const folder = folderAt(realpathSync(path));
    refuseEarlierFormat(folder);
    return folder;
  } catch (cause) {
    if (cause instanceof KeytrailError) throw cause;
    throw unusable(path, cause);
  }
}

function folderAt(path: string): DataFolder {
  return {
    path,
    database: join(path, 'history.sqlite'),
    marker: join(path, 'history.json'),
    quarantine: join(path, 'quarantine'),
    alerts: join(path, 'alerts.ndjson'),
    sealKey: join(path, 'seal-key.pem'),
  };
}

/**
 * Takes from others what they may do with the folder and its files, also where it was made before, or by a copy that
 * kept no modes. Where this user may not, whose folder it is has decided so.
 */
export function closeToOthers({ path, database, marker, quarantine, alerts, sealKey }: DataFolder): void {
  if (process.platform === 'win32') return;
  narrow(path, FOLDER_MODE);
  for (const file of [marker, database, alerts, sealKey, ...SIDE_FILES.map((ending) => database + ending)])
    narrow(file, FILE_MODE);
  if (!narrow(quarantine, FOLDER_MODE)) return;
  for (const name of readdirSync(quarantine)) narrow(join(quarantine, name), FILE_MODE);
}

/** @returns whether it was open to others */
function narrow(path: string, mode: number): boolean {
  try {
    if ((statSync(path).mode & 0o777 & ~mode) === 0) return false;
    chmodSync(path, mode);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'EPERM' && code !== 'EROFS') throw error;
    return false;
  }
}

/** Until version 0.1 the table was a LevelDB. */
function refuseEarlierFormat({ path, database, marker }: DataFolder): void {
  if (existsSync(marker) || existsSync(database) || !existsSync(join(path, 'table'))) return;
  throw new KeytrailError(
    'data-folder',
    `${path} holds a history in Keytrail's earlier format; convert it with \`npm run convert -- ${path}\` in a checkout of Keytrail, or name another folder with --data.`,
  );
}

/** The first bytes of a file, fewer where it is shorter; undefined where there is no such file. */
export function headOf(path: string, length: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unusable(path, error);
  }
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(file, head, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

/** Bytes of a file; 0 where there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function noHistory(path: string): KeytrailError {
  return new KeytrailError(
    'no-history',
    `There is no history in ${path}; read log files into one with \`keytrail import PATH\`, or name another folder with --data.`,
  );
}

/** @param path of the folder, or of the file in it at fault */
export function unusable(path: string, cause: unknown): KeytrailError {
  const words = systemErrorWords(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KeytrailError(
    'data-folder',
    words === undefined
      ? `The data folder ${path} cannot be made or opened (${why}); name another with --data.`
      : `The data folder ${path} ${words.problem}; ${words.remedy} (--data).`,
    { cause },
  );
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
