import { KeytrailError } from '../keytrail-error.ts';

/** A file of the store that is missing, cut or not Keytrail's. Whoever finds it so changes nothing. */
export function damagedFile(path: string, what: string): KeytrailError {
  return new KeytrailError(
    'data-folder',
    `${path} ${what}: the history is damaged, and nothing of it was changed. Put the folder back from a backup, or import the logs into a new one (--data).`,
  );
}
