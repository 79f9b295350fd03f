import { hostname } from 'node:os';
import type { Holder } from '../backfill/lease.ts';

/**
 * This process as the holder of a lease: by its number, which tells another process of this machine whether it still
 * runs, so that after a kill nobody waits.
 * @param run tells it from an earlier process of the same number
 */
export function thisProcess(run: string): Holder {
  const where = ` on ${hostname()}`;
  return {
    name: `process ${process.pid}${where} (${run})`,
    isGone(name) {
      const [, pid, rest = ''] = /^process (\d+)( on .+) \([^)]*\)$/.exec(name) ?? [];
      return pid !== undefined && rest === where && !isRunning(Number(pid));
    },
  };
}

/** Signal 0 is sent to nobody, and tells whether there is somebody. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process runs, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
