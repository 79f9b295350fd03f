import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { KeytrailError } from '../keytrail-error.ts';

/** A Unix socket's path holds 104 bytes on macOS and 108 on Linux, the ending zero included. */
const LONGEST_SOCKET_PATH = 100;

/** Where the embedded store keeps its things. */
export interface DataFolder {
  readonly path: string;
  /** LevelDB of the table. */
  readonly database: string;
  /** A LevelDB that is only ever opened: who has it open serves the table to the others. */
  readonly lock: string;
  /** The Unix socket, or on Windows the named pipe, on which the owner serves the table. */
  readonly socket: string;
  /** Quarantined records too large for an item. */
  readonly quarantine: string;
}

/**
 * Makes the folder where it is not there yet, for its owner alone.
 * @throws KeytrailError `data-folder`
 */
export function openDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const real = realpathSync(path);
    return {
      path: real,
      database: join(real, 'table'),
      lock: join(real, 'owner'),
      socket: socketPath(real),
      quarantine: join(real, 'quarantine'),
    };
  } catch (cause) {
    throw new KeytrailError(
      'data-folder',
      `The data folder ${path} cannot be made or opened (${reasonOf(cause)}); name another with KEYTRAIL_DATA.`,
      { cause },
    );
  }
}

function socketPath(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\keytrail-${name}`;
  const inside = join(folder, 'store.sock');
  if (Buffer.byteLength(inside) <= LONGEST_SOCKET_PATH) return inside;
  return join(ownTemporaryFolder(), `${name}.sock`);
}

/** Anybody may write to the system's temporary folder: the one we make in it must be ours alone. */
function ownTemporaryFolder(): string {
  const folder = join(tmpdir(), `keytrail-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== userInfo().uid) {
    throw new Error(`${folder} is somebody else's`);
  }
  chmodSync(folder, 0o700);
  return folder;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
