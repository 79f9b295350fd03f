import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { sum } from './statistics.ts';

export interface ChildRun {
  /** From its start to its end, as who waits for it sees it. */
  readonly seconds: number;
  /** The sum of the highest resident sizes of the process and of those it started; undefined off Linux. */
  readonly peakBytes: number | undefined;
  /** Time on a processor, all threads: what is left of a comparison on a machine that has other work. Linux only. */
  readonly cpuSeconds: number | undefined;
  readonly stdout: string;
}

const WATCH_MS = 20;

/** Runs a Node script to its end. Rejects where it fails. */
export function runNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildRun> {
  return run(process.execPath, args, environment);
}

/** Runs a program as its first line says, as `npx` does. Rejects where it fails. */
export function runProgram(
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildRun> {
  return run(program, args, { ...thisNodeFirst(), ...environment });
}

/** The version of Node that runs the benchmark is the one that a first line finds. */
export function thisNodeFirst(): Record<string, string> {
  return { PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };
}

function run(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ChildRun> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const usage = watchUsage(child.pid);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const seconds = (performance.now() - started) / 1000;
      const { peakBytes, cpuSeconds } = usage.end();
      if (code === 0) resolve({ seconds, peakBytes, cpuSeconds, stdout });
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}

/** Clock ticks a second of `/proc/<pid>/stat`: 100 on every Linux of today (`getconf CLK_TCK`). */
const TICKS = 100;

interface UsageWatch {
  end(): Pick<ChildRun, 'peakBytes' | 'cpuSeconds'>;
}

/** Watches a process and its descendants. The system keeps sums and maxima, so only the last 20 ms can be missed. */
function watchUsage(pid: number | undefined): UsageWatch {
  const peaks = new Map<number, number>();
  const ticks = new Map<number, number>();
  const look = () => {
    if (pid === undefined) return;
    for (const each of treeOf(pid)) {
      const bytes = statusBytes(each, 'VmHWM');
      if (bytes !== undefined) peaks.set(each, bytes);
      const spent = processorTicks(each);
      if (spent !== undefined) ticks.set(each, spent);
    }
  };
  look();
  const timer = setInterval(look, WATCH_MS);
  return {
    end() {
      clearInterval(timer);
      return {
        peakBytes: peaks.size === 0 ? undefined : sum(peaks.values()),
        cpuSeconds: ticks.size === 0 ? undefined : sum(ticks.values()) / TICKS,
      };
    },
  };
}

/** User and system time: the 14th and 15th field, counted from behind the name, which may hold blanks. */
function processorTicks(pid: number): number | undefined {
  const text = readOrNothing(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text === '' ? undefined : Number(fields[11]) + Number(fields[12]);
}

/**
 * A size of `/proc/<pid>/status`: `VmRSS` now, `RssAnon` without the pages of files that are mapped (LevelDB maps its
 * own, and the system may take them back), `VmHWM` the highest that `VmRSS` ever was.
 */
export function statusBytes(pid: number, name: 'VmRSS' | 'RssAnon' | 'VmHWM'): number | undefined {
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
