import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { KeytrailError } from '../keytrail-error.ts';
import { systemErrorWords } from '../text/system-error.ts';

/** SQLite's primary result codes, the low byte of an extended one: https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;
/** Extended codes: SQLITE_IOERR_WRITE, _TRUNCATE, _SHMSIZE: what a limit of the disk's space or of a file's size gives. */
const WRITE_ERRORS = new Set([778, 1546, 4874]);

/** A database, its write-ahead log and the index of that. */
const SQLITE_FILES = 3;

/** Whether another process or thread was writing, and the same can be tried again. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === BUSY || code === LOCKED;
}

/**
 * What a failure of SQLite means to who runs Keytrail. A `KeytrailError` stays what it is.
 * @param file of the database, as the message names it
 */
export function storeError(error: unknown, file: string): KeytrailError {
  if (error instanceof KeytrailError) return error;
  const cause = { cause: error };
  switch (resultCodeOf(error)) {
    case BUSY:
    case LOCKED:
      return new KeytrailError(
        'store-unavailable',
        `Another process keeps ${file} locked; end it, then try again.`,
        cause,
      );
    case CORRUPT:
    case NOT_A_DATABASE:
      return new KeytrailError(
        'corrupt-item',
        `${file} is damaged (${messageOf(error)}). Put it back from a backup, or import the logs into a new folder (--data).`,
        cause,
      );
    case CANNOT_OPEN:
      return cannotOpen(error, file);
    case FULL:
      return new KeytrailError(
        'data-folder',
        'The disk is full; free some space and run the command again: it goes on from what was kept.',
        cause,
      );
    case IO_ERROR:
      return new KeytrailError('data-folder', ioSentence(error, file), cause);
    case READONLY:
      return new KeytrailError(
        'data-folder',
        `${file} can be read and not written; give this user the right to write it, or name another folder with --data.`,
        cause,
      );
    default:
      return new KeytrailError(
        'store-unavailable',
        `${file} does not answer as it should (${messageOf(error)}); check its disk, then try again.`,
        cause,
      );
  }
}

function ioSentence(error: unknown, file: string): string {
  return WRITE_ERRORS.has(extendedCodeOf(error) ?? 0)
    ? `${file} cannot be written to its end: a quota of the disk or a limit of a file's size is reached; have it raised and run the command again: it goes on from what was kept.`
    : `${file} cannot be read or written (${messageOf(error)}); check its disk, then try again.`;
}

/** SQLite does not say why; opening as many files as it needs does. */
function cannotOpen(error: unknown, file: string): KeytrailError {
  const words = systemErrorWords(failureOfOpening(dirname(file)) ?? failureOfOpening(file)) ?? {
    problem: `cannot be opened (${messageOf(error)})`,
    remedy: 'check its disk, then try again',
  };
  return new KeytrailError('data-folder', `${file} ${words.problem}; ${words.remedy}.`, { cause: error });
}

function failureOfOpening(path: string): unknown {
  const opened: number[] = [];
  try {
    for (let needed = 0; needed < SQLITE_FILES; needed++) opened.push(openSync(path, 'r'));
    return undefined;
  } catch (error) {
    return error;
  } finally {
    for (const file of opened) closeSync(file);
  }
}

function resultCodeOf(error: unknown): number | undefined {
  const code = extendedCodeOf(error);
  return code === undefined ? undefined : code & 0xff;
}

function extendedCodeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
