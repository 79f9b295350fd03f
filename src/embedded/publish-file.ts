import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { newUuid } from '../randomness.ts';

/** What file systems answer that have no second names for a file. */
const NO_LINKS = new Set(['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);

/** A name that no other process uses, for a file that is to become `path` once it is complete. */
export function newFileName(path: string): string {
  return `${path}.${newUuid()}.new`;
}

/**
 * Gives a complete file its name, unless there is one of that name already: of several processes one comes first, and
 * nobody ever sees half a file.
 */
export function publish(complete: string, path: string): void {
  try {
    linkSync(complete, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (NO_LINKS.has(code) && !existsSync(path)) {
      renameSync(complete, path);
      return;
    }
    if (code !== 'EEXIST' && !NO_LINKS.has(code)) throw error;
  }
  rmSync(complete);
}
