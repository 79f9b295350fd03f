import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ChildRun {
  /** From its start to its end, as who waits for it sees it. */
  readonly seconds: number;
  /** The sum of the highest resident sizes of the process and of those it started; undefined off Linux. */
  readonly peakBytes: number | undefined;
  readonly stdout: string;
}

const WATCH_MS = 20;

/** Runs a Node program to its end. Rejects where it fails. */
export function runNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildRun> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const memory = watchMemory(child.pid);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const seconds = (performance.now() - started) / 1000;
      const peakBytes = memory.end();
      if (code === 0) resolve({ seconds, peakBytes, stdout });
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}

export interface MemoryWatch {
  /** Stops watching. */
  end(): number | undefined;
}

/** Watches a process and its descendants. The system keeps each one's highest size, so nothing between two looks is missed. */
export function watchMemory(pid: number | undefined): MemoryWatch {
  const highest = new Map<number, number>();
  const look = () => {
    if (pid === undefined) return;
    for (const each of treeOf(pid)) {
      const bytes = statusBytes(each, 'VmHWM');
      if (bytes !== undefined) highest.set(each, bytes);
    }
  };
  look();
  const timer = setInterval(look, WATCH_MS);
  return {
    end() {
      look();
      clearInterval(timer);
      return highest.size === 0
        ? undefined
        : [...highest.values()].reduce((total, bytes) => total + bytes, 0);
    },
  };
}

/** A size of `/proc/<pid>/status`: `VmRSS` now, `VmHWM` the highest it ever was. */
export function statusBytes(pid: number, name: 'VmRSS' | 'VmHWM'): number | undefined {
  const text = readOrNothing(`/proc/${pid}/status`);
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function treeOf(pid: number): number[] {
  const children = readOrNothing(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(treeOf)];
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
