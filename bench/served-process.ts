import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { statusBytes, thisNodeFirst } from './child-process.ts';

/** Resident bytes; undefined off Linux. */
export interface ServedMemory {
  readonly now: number | undefined;
  /** Of it what is the process's own, without the table's files that LevelDB maps. */
  readonly own: number | undefined;
  readonly peak: number | undefined;
}

export interface ServedProcess {
  readonly url: string;
  memory(): ServedMemory;
  end(): Promise<void>;
}

/** Starts `keytrail serve` over a store and waits until it says where it answers. */
export async function startServe(
  program: string,
  store: string,
  environment: Readonly<Record<string, string>> = thisNodeFirst(),
): Promise<ServedProcess> {
  const child = spawn(program, ['serve', '--port', '0'], {
    env: { ...process.env, ...environment, KEYTRAIL_DATA: store },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const pid = child.pid ?? 0;
  for await (const line of createInterface({ input: child.stderr })) {
    const origin = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
    if (origin === undefined) throw new Error(`serve says: ${line}`);
    child.stderr.resume();
    return {
      url: origin,
      memory: () => ({
        now: statusBytes(pid, 'VmRSS'),
        own: statusBytes(pid, 'RssAnon'),
        peak: statusBytes(pid, 'VmHWM'),
      }),
      async end() {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error('serve ended before it answered');
}
