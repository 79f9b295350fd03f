import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { STORE_FORMAT } from '../embedded/store-marker.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { addAlertsCommand } from './alerts-command.ts';
import { addBackfillCommand } from './backfill-command.ts';
import type { CommandContext, CommandProcess } from './command-context.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { errorSentence } from './error-sentence.ts';
import { addExpectCommand } from './expect-command.ts';
import { examples, layOutHelp } from './help.ts';
import { addImportCommand } from './import-command.ts';
import { addJobsCommand, addKeysCommand, addPrincipalsCommand } from './list-commands.ts';
import { addQuarantineCommand } from './quarantine-command.ts';
import { addRetentionCommand } from './retention-command.ts';
import { addServeCommand } from './serve-command.ts';
import { addDataFlag, settingFlagsOf } from './setting-flags.ts';
import { readSettings, type SettingFlags } from './settings.ts';
import { addSummaryCommand } from './summary-command.ts';
import { addUsageCommand } from './usage-command.ts';
import { addVerifyCommand } from './verify-command.ts';

export const FAILED = 1;
const BAD_USAGE = 2;

/**
 * Runs one command line to its end.
 * @param parameters without the names of node and of the program: `['usage', '--format', 'json']`
 * @returns the exit code: 0, 1 for a failure, 2 for bad usage
 */
export async function run(parameters: readonly string[], process: CommandProcess): Promise<number> {
  let exitCode = 0;
  let flags: SettingFlags = {};
  const { env, stderr } = process;
  const context: CommandContext = {
    ...process,
    settings: () => readSettings(env, flags),
    fail: () => {
      exitCode = FAILED;
    },
  };
  try {
    const program = programOf(context).hook('preAction', (_, command) => {
      flags = settingFlagsOf(command);
    });
    await program.parseAsync(parameters, { from: 'user' });
  } catch (error) {
    // Commander has printed its own sentence.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE;
    stderr.write(`${errorSentence(error)}\n`);
    return error instanceof KeytrailError && error.code === 'bad-usage' ? BAD_USAGE : FAILED;
  }
  return exitCode;
}

/** Commands take over what is set on the program before they are added. */
function programOf(context: CommandContext): Command {
  const { stdout, stderr } = context;
  const program = new Command('keytrail')
    .description('An exact history of how KMS keys are used, out of CloudTrail.')
    .version(`${packageJson.version} (store format ${STORE_FORMAT})`, '--version', 'print the version')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples('keytrail import path/to/AWSLogs', 'keytrail usage --outcome denied', 'keytrail serve'),
    )
    .showHelpAfterError('(add --help for what is possible)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  layOutHelp(program);
  addImportCommand(program, context);
  addBackfillCommand(program, context);
  addServeCommand(program, context);
  addUsageCommand(program, context);
  addSummaryCommand(program, context);
  addKeysCommand(program, context);
  addPrincipalsCommand(program, context);
  addJobsCommand(program, context);
  addQuarantineCommand(program, context);
  addAlertsCommand(program, context);
  addExpectCommand(program, context);
  addRetentionCommand(program, context);
  addVerifyCommand(program, context);
  addDataFlag(program);
  addDoctorCommand(program, context);
  return program;
}
