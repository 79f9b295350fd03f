import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

/** The command line as the sources have it: nothing needs to be built. */
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const running = new Set<ChildProcess>();
const folders: string[] = [];

afterEach(async () => {
  // Only what a failed test left behind is still running.
  await Promise.all([...running].map(killed));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keytrail-cli-'));
  folders.push(folder);
  return folder;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A new process of the command line over a data folder. */
export function start(
  dataFolder: string,
  parameters: readonly string[],
  {
    command = [process.execPath],
    environment = {},
  }: { command?: readonly string[]; environment?: Readonly<Record<string, string>> } = {},
): Started {
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, MAIN, ...parameters], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], KEYTRAIL_DATA: dataFolder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]): Ended => ({ code, signal, stdout, stderr }),
  );
  child.once('close', () => running.delete(child));
  return { process: child, ended };
}

export function keytrail(dataFolder: string, ...parameters: readonly string[]): Promise<Ended> {
  return start(dataFolder, parameters).ended;
}

/** Ends a process as a failing machine would. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

export interface Serving extends Started {
  /** Without a slash at its end. */
  readonly url: string;
}

/** `keytrail serve` on a free port, once it answers. */
export async function serving(dataFolder: string): Promise<Serving> {
  const started = start(dataFolder, ['serve', '--port', '0']);
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    started.process.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /http:\/\/[\d.]+:\d+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
    started.ended.then(({ stderr }) => reject(new Error(`it does not serve: ${stderr}`)), reject);
  });
  return { ...started, url };
}
