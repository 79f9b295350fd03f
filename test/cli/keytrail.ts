import { userInfo } from 'node:os';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandProcess } from '../../src/cli/command-context.ts';
import { run } from '../../src/cli/run.ts';

export interface CommandEnded {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

interface RunOptions extends Partial<Omit<CommandProcess, 'env' | 'stdout' | 'stderr'>> {
  /** All of the variables that Keytrail and the AWS SDK read. */
  readonly env: Environment;
}

/** Runs a command line in this process. Commands that run at the same time need equal variables. */
export async function keytrail(
  parameters: readonly string[],
  { env, ...process }: RunOptions,
): Promise<CommandEnded> {
  const stdout = new CapturedOutput();
  const stderr = new CapturedOutput();
  const code = await withProcessEnv(env, () =>
    run(parameters, {
      env,
      stdout,
      stderr,
      now: () => Date.now(),
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal === undefined ? {} : { signal }),
      userName: () => userInfo().username,
      threads: 1,
      untilStopped: () => new Promise(() => {}),
      ...process,
    }),
  );
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class CapturedOutput extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

const IS_READ = /^(AWS_|KEYTRAIL_|HOME$)/;

let inForce: { readonly env: Environment; readonly before: Environment; uses: number } | undefined;

/** The AWS SDK takes its settings from the variables of the process, some of them with its first request only. */
async function withProcessEnv<T>(env: Environment, work: () => Promise<T>): Promise<T> {
  inForce ??= { env, before: exchanged(env), uses: 0 };
  const { env: current, before } = inForce;
  if (!isEqual(current, env)) throw new Error('A command with other variables still runs.');
  inForce.uses += 1;
  try {
    return await work();
  } finally {
    inForce.uses -= 1;
    if (inForce.uses === 0) {
      inForce = undefined;
      exchanged(before);
    }
  }
}

/** Sets the variables that are read, and no others. @returns those that were set before */
function exchanged(env: Environment): Environment {
  const before: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!IS_READ.test(name) || value === undefined) continue;
    before[name] = value;
    delete process.env[name];
  }
  Object.assign(process.env, env);
  return before;
}

function isEqual(one: Environment, other: Environment): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
