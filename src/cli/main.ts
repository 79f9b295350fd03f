#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=4
import { Command, CommanderError } from 'commander';
import { KeytrailError } from '../keytrail-error.ts';
import { terminalText } from '../text/terminal-text.ts';
import { addAlertsCommand } from './alerts-command.ts';
import { addBackfillCommand } from './backfill-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addExpectCommand } from './expect-command.ts';
import { addImportCommand } from './import-command.ts';
import { addQuarantineCommand } from './quarantine-command.ts';
import { addRetentionCommand } from './retention-command.ts';
import { addServeCommand } from './serve-command.ts';
import { readSettings } from './settings.ts';
import { addUsageCommand } from './usage-command.ts';

const FAILED = 1;
const BAD_USAGE = 2;

const program = new Command('keytrail')
  .description('An exact history of how KMS keys are used, out of CloudTrail.')
  .helpCommand(false)
  .showHelpAfterError('(add --help for what is possible)')
  .exitOverride();
addImportCommand(program, readSettings);
addBackfillCommand(program, readSettings);
addServeCommand(program, readSettings);
addUsageCommand(program, readSettings);
addQuarantineCommand(program, readSettings);
addAlertsCommand(program, readSettings);
addExpectCommand(program, readSettings);
addRetentionCommand(program, readSettings);
addDoctorCommand(program);
for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
  command.exitOverride().showHelpAfterError('(add --help for what is possible)');

// The embedded engine throws what its disk tells it where nobody can catch it.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(FAILED);
});

// A reader that went away (`| head`) has read enough: what was to be done is done all the same.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Causes may go round in a circle. */
const LONGEST_CHAIN = 8;

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its own sentence.
    process.exitCode = error.exitCode === 0 ? 0 : BAD_USAGE;
  } else {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exitCode = error instanceof KeytrailError && error.code === 'bad-usage' ? BAD_USAGE : FAILED;
  }
}

function sentenceOf(error: unknown): string {
  // The disk is what a person can mend, whatever stands between it and the command.
  const causes = messagesOf(error).join('\n');
  if (/ENOSPC|No space left|disk full/i.test(causes)) {
    return 'The disk is full; free some space and run the command again: it goes on from what was kept.';
  }
  if (/EDQUOT|quota exceeded|EFBIG|File too large/i.test(causes)) {
    return 'No more may be written to the disk; have the limit raised and run the command again: it goes on from what was kept.';
  }
  const message = terminalText(error instanceof Error ? error.message : String(error));
  return error instanceof KeytrailError
    ? message
    : `Keytrail failed unexpectedly (${message}); run the command again, and report it if it stays.`;
}

/** An error's message and those of what caused it. */
function messagesOf(error: unknown): string[] {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error && messages.length < LONGEST_CHAIN; cause = cause.cause) {
    messages.push(cause.message);
  }
  return messages;
}
