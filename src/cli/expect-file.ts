import { readFile } from 'node:fs/promises';
import type { Expectation } from '../expectations/expectation.ts';
import type { ExpectationSet } from '../expectations/expectation-set.ts';
import { type ReadFile, readExpectationFile } from '../expectations/read-file.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { terminalText } from '../text/terminal-text.ts';
import type { Output } from './command-context.ts';

/**
 * Reads a file of expectations. Every fault is written to stderr as a line.
 * @param set the current expectations: those that have ended since may stay in the file
 * @throws KeytrailError `path-unreadable`, `bad-expectation`
 */
export async function readFileOfExpectations(
  stderr: Output,
  path: string,
  set: ExpectationSet,
  nowMs: number,
): Promise<ReadFile> {
  const current = new Map<string, Expectation>(set.current.map(({ id, expectation }) => [id, expectation]));
  const read = readExpectationFile(await textOf(path), nowMs, current);
  for (const { line, sentence } of read.faults)
    stderr.write(`${terminalText(`${path}:${line}: ${sentence}`)}\n`);
  const count = read.faults.length;
  if (count > 0) {
    throw new KeytrailError(
      'bad-expectation',
      `Nothing of ${path} was added: correct ${count === 1 ? 'this fault' : `these ${count} faults`} and run the command again.`,
    );
  }
  return read;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new KeytrailError(
      'path-unreadable',
      `${path} cannot be read; check that the file exists and may be read, or give another.`,
      { cause },
    );
  }
}
