#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=4 --disable-warning=ExperimentalWarning
import { availableParallelism, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../clock.ts';
import { environment } from '../environment.ts';
import { errorSentence } from './error-sentence.ts';
import { FAILED, run } from './run.ts';

// The embedded engine throws a failure of its disk where no caller can catch it.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${errorSentence(error)}\n`);
  process.exit(FAILED);
});

// A reader that went away (`| head`) has read enough: the command does all of its work nevertheless.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), {
  env: environment,
  stdout: process.stdout,
  stderr: process.stderr,
  ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
  now,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal === undefined ? {} : { signal }),
  userName: () => userInfo().username,
  ...(process.stdin.isTTY ? { confirm } : {}),
  threads: availableParallelism(),
  untilStopped: () =>
    new Promise((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    }),
});

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
