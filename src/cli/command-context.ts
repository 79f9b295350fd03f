import type { Writable } from 'node:stream';
import type { Environment } from '../environment.ts';
import type { Settings } from './settings.ts';

/** A stream of text that a person or another program reads. */
export type Output = Writable & { readonly isTTY?: boolean };

/** What a command takes from the process that runs it; a test gives its own. */
export interface CommandProcess {
  readonly env: Environment;
  readonly stdout: Output;
  readonly stderr: Output;
  /** How many columns the terminal has that shows stdout; undefined where none does. */
  readonly columns?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** The name of the operating-system user, who is the author of every change. */
  readonly userName: () => string;
  /** Asks the person at the terminal a question of yes or no; absent where there is nobody to ask. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** How many threads read files at the same time. */
  readonly threads: number;
  /** Resolves when the process is asked to end. */
  readonly untilStopped: () => Promise<void>;
}

/** What a command works with. */
export interface CommandContext extends CommandProcess {
  /** Reads the settings out of the environment. @throws KeytrailError `bad-usage` */
  readonly settings: () => Settings;
  /** Makes the exit code 1, although the command runs to its end. */
  readonly fail: () => void;
}
