import { hostname } from 'node:os';
import type { Holder } from '../backfill/lease.ts';

/**
 * This process as the holder of a lease. Its process id lets another process on this machine see whether it still runs, so
 * that nobody waits for the lease of a killed process.
 * @param run differs from that of an earlier process with the same id
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

/** Whether a process runs. Signal 0 only checks that. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process runs, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
