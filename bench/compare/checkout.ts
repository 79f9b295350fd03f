import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runNode, thisNodeFirst } from '../child-process.ts';
import { say } from '../print.ts';

/** A folder with a Keytrail whose dependencies are installed. */
export interface Checkout {
  readonly folder: string;
  /** Its command line, built. */
  readonly program: string;
}

/** Builds the command line of a checkout where that is missing or older than a source file. */
export async function openCheckout(path: string): Promise<Checkout> {
  const folder = resolve(path);
  const program = join(folder, 'dist', 'keytrail.js');
  if (!existsSync(program) || statSync(program).mtimeMs < newestSourceMs(folder)) {
    say(`Building ${folder}…`);
    await execute(process.execPath, ['build.ts'], folder, {});
  }
  return { folder, program };
}

function newestSourceMs(folder: string): number {
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
  return Math.max(...sources.map((path) => statSync(join(folder, 'src', path)).mtimeMs));
}

/** Makes log files with a checkout's simulator. */
export async function simulated(
  { folder }: Checkout,
  out: string,
  flags: readonly string[],
): Promise<string> {
  say(`Simulating ${out}…`);
  await runNode([join(folder, 'bench', 'simulate.ts'), '--out', out, ...flags]);
  return out;
}

/** What a command prints, and how it ends. A command that fails is an answer too. */
export interface CliRun {
  readonly text: string;
}

/** Runs a checkout's command over a store. */
export async function runCli(
  { folder, program }: Checkout,
  store: string,
  args: readonly string[],
): Promise<CliRun> {
  return { text: await execute(program, args, folder, { KEYTRAIL_DATA: store }) };
}

function execute(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((done, reject) => {
    const env = { ...process.env, ...thisNodeFirst(), ...environment };
    const options = { cwd, env, maxBuffer: 2 ** 30 };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      // A number is an exit code; a text such as ENOENT, or a signal, says that there was no answer.
      else if (typeof error.code === 'number') done(`${stdout}exit code ${error.code}\n`);
      else reject(new Error(`${program} ${args.join(' ')}: ${error.message}\n${stderr}`));
    });
  });
}
