import { KeytrailError } from '../keytrail-error.ts';

/** SQLite's primary result codes, the low byte of an extended one: https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
/** Extended codes: SQLITE_IOERR_READ, _SHORT_READ, _FSTAT. */
const READ_ERRORS = new Set([266, 522, 1802]);

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
        `${file} is damaged (${messageOf(error)}). Put it back from a backup, or import the logs into a new folder (KEYTRAIL_DATA).`,
        cause,
      );
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
        `${file} can be read and not written; give this user the right to write it, or name another folder with KEYTRAIL_DATA.`,
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
  return READ_ERRORS.has(extendedCodeOf(error) ?? 0)
    ? `${file} cannot be read (${messageOf(error)}); check its disk, then try again.`
    : `No more may be written to the disk; have the limit raised and run the command again: it goes on from what was kept (${messageOf(error)} of ${file}).`;
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
