import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { damagedFile } from './damaged-file.ts';
import type { DataFolder } from './data-folder.ts';
import { newFileName, publish } from './publish-file.ts';

/** The format of the embedded store, which `--version` prints. */
export const STORE_FORMAT = 1;

/** What lies beside the database, and says what it must hold at the least. */
export interface StoreMarker {
  readonly format: number;
  /** How often the whole database had been put on the disk; see `EmbeddedStore.flush`. */
  readonly flushes: number;
}

/**
 * @returns undefined where there is none
 * @throws KeytrailError `data-folder` where it is of another format, or not what Keytrail wrote
 */
export function readMarker(path: string): StoreMarker | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const [, format, flushes] = /^\{"format":(\d{1,9}),"flushes":(\d{1,15})\}\n$/.exec(text) ?? [];
  if (format === undefined || flushes === undefined) throw damagedFile(path, 'is not what Keytrail wrote');
  if (Number(format) !== STORE_FORMAT)
    throw damagedFile(path, `is of format ${format}, which this version of Keytrail does not know`);
  return { format: STORE_FORMAT, flushes: Number(flushes) };
}

/** Where there is none yet; another process may come first. */
export function addMarker({ marker }: DataFolder, flushes: number): void {
  publish(written(marker, flushes), marker);
}

/** As a whole, on the disk when this returns. */
export function replaceMarker({ marker }: DataFolder, flushes: number): void {
  renameSync(written(marker, flushes), marker);
  syncFolder(dirname(marker));
}

/** @returns the name of a file beside the marker, complete and on the disk */
function written(marker: string, flushes: number): string {
  const path = newFileName(marker);
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify({ format: STORE_FORMAT, flushes })}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return path;
}

/** Puts the names of a folder's files on the disk. Windows has no such call and needs none. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
