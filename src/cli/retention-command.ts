import type { Command } from 'commander';
import { KeytrailError } from '../keytrail-error.ts';
import { newUuid } from '../randomness.ts';
import { planExpiry } from '../retention/expiry-plan.ts';
import { readExpiredDays, readRuns, runExpiry } from '../retention/expiry-run.ts';
import { type LegalHold, placeHold, readHolds, releaseHold } from '../retention/legal-hold.ts';
import { firstKeptDay } from '../retention/retention-months.ts';
import type { Table } from '../table/table.ts';
import type { CommandContext } from './command-context.ts';
import { jsonLine } from './expect-words.ts';
import { examples } from './help.ts';
import { withStore } from './open-store.ts';
import { expiredBeforeHold, holdWords, planWords, runWords } from './retention-words.ts';

/** The most runs that `status` prints. */
const SHOWN_RUNS = 20;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

interface JsonFlag {
  readonly json?: true;
}

interface HoldFlags {
  readonly reason: string;
  readonly from?: string;
  readonly to?: string;
}

/** How long rows are kept, and what must not expire. Locally the operating-system user is the author of holds. */
export function addRetentionCommand(program: Command, context: CommandContext): void {
  const retention = program
    .command('retention')
    .description('Let rows expire that are older than KEYTRAIL_RETENTION_MONTHS (13), or hold them.')
    .helpCommand(false)
    .addHelpText('after', examples('keytrail retention status'));
  addStatusCommand(retention, context);
  addRunCommand(retention, context);
  addHoldCommands(retention, context);
}

function addStatusCommand(retention: Command, context: CommandContext): void {
  retention
    .command('status')
    .description('Print how long rows are kept, what is held, the last runs and what expired.')
    .addHelpText('after', examples('keytrail retention status'))
    .option('--json', 'print one object')
    .action(({ json }: JsonFlag) =>
      withStore(context.settings(), 'read', ({ table }) => printStatus(context, table, json === true)),
    );
}

async function printStatus(context: CommandContext, table: Table, isJson: boolean): Promise<void> {
  const months = context.settings().retentionMonths;
  const [holds, runs, expired] = await Promise.all([
    readHolds(table),
    readRuns(table, SHOWN_RUNS),
    readExpiredDays(table),
  ]);
  const keptFrom = months === undefined ? undefined : firstKeptDay(context.now(), months);
  if (isJson) {
    context.stdout.write(jsonLine({ months, keptFrom, holds, runs, expired }));
    return;
  }
  const lines = [
    keptFrom === undefined ? 'Rows are kept for ever.' : `Rows are kept from ${keptFrom} on.`,
    ...holds.map(holdWords),
    ...runs.map(runWords),
    ...expired.map(({ day, rows, keys }) => `${day}: ${rows} rows of ${keys.length} keys expired.`),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}

interface RunFlags extends JsonFlag {
  readonly dryRun?: true;
  readonly yes?: true;
}

function addRunCommand(retention: Command, context: CommandContext): void {
  retention
    .command('run')
    .description('Delete the rows of older days for good, except on days that are held.')
    .option('--dry-run', 'print what would be deleted, and delete nothing')
    .option('--yes', 'do not ask before rows are deleted')
    .option('--json', 'print one object')
    .addHelpText('after', examples('keytrail retention run --dry-run', 'keytrail retention run --yes'))
    .action(async (flags: RunFlags) => {
      const months = context.settings().retentionMonths;
      if (months === undefined) {
        context.stdout.write('Rows are kept for ever; nothing was done.\n');
        return;
      }
      const mode = flags.dryRun === true ? 'read' : 'change';
      await withStore(context.settings(), mode, ({ table }) => runRetention(context, table, months, flags));
    });
}

async function runRetention(
  context: CommandContext,
  table: Table,
  months: number,
  { dryRun, yes, json }: RunFlags,
): Promise<void> {
  const { stdout, stderr, now } = context;
  const plan = await planExpiry(table, months, now());
  if (dryRun === true) {
    stdout.write(json === true ? jsonLine(plan) : planWords(plan));
    return;
  }
  if (plan.days.length > 0 && yes !== true) {
    stderr.write(planWords(plan));
    await mustConfirm(context);
  }
  const run = await runExpiry(table, {
    run: newUuid(),
    by: context.userName(),
    months,
    now,
    isTimeLeft: () => true,
  });
  stdout.write(json === true ? jsonLine(run) : `${runWords(run)}\n`);
}

/** @throws KeytrailError `bad-usage` unless a person at the terminal agrees */
async function mustConfirm({ confirm }: CommandContext): Promise<void> {
  if (confirm === undefined)
    throw new KeytrailError('bad-usage', 'Nothing was deleted; add --yes if these rows are to be deleted.');
  if (!(await confirm('Delete these rows for good?')))
    throw new KeytrailError('bad-usage', 'Nothing was deleted.');
}

function addHoldCommands(retention: Command, context: CommandContext): void {
  retention
    .command('hold')
    .description('Keep days from expiring, until the hold is released.')
    .argument('<id>', 'names the hold')
    .requiredOption('--reason <text>', 'why, for later readers')
    .option('--from <day>', 'first day, as 2026-03-01 (default: since ever)')
    .option('--to <day>', 'last day (default: for ever)')
    .addHelpText('after', examples('keytrail retention hold case-17 --reason "litigation" --from 2026-01-01'))
    .action((id: string, flags: HoldFlags) =>
      withStore(context.settings(), 'create', async ({ table }) => {
        const expired = await placeHold(table, holdOf(id, flags, context));
        context.stdout.write(`Hold ${id} is in force.${expiredBeforeHold(expired)}\n`);
      }),
    );
  retention
    .command('release')
    .description('Release a hold; it stays on record.')
    .argument('<id>', 'of the hold')
    .addHelpText('after', examples('keytrail retention release case-17 --reason "case closed"'))
    .requiredOption('--reason <text>', 'why, for later readers')
    .action((id: string, { reason }: { reason: string }) =>
      withStore(context.settings(), 'change', async ({ table }) => {
        await releaseHold(table, id, signed(reason, context));
      }),
    );
}

function holdOf(id: string, { reason, from, to }: HoldFlags, context: CommandContext): LegalHold {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    throw new KeytrailError('bad-usage', 'The id of a hold has up to 64 letters, digits, `.`, `_` and `-`.');
  for (const [name, day] of [['from', from] as const, ['to', to] as const]) {
    if (day !== undefined && (!DAY.test(day) || Number.isNaN(Date.parse(day))))
      throw new KeytrailError('bad-usage', `--${name} must be a day such as 2026-03-01.`);
  }
  if (from !== undefined && to !== undefined && from > to)
    throw new KeytrailError('bad-usage', '--from must not be after --to.');
  return {
    id,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    placed: signed(reason, context),
  };
}

/** A reason with its author and time. */
function signed(reason: string, { now, userName }: CommandContext) {
  if (reason.trim() === '') throw new KeytrailError('bad-usage', '--reason must say why in words.');
  return { by: userName(), timeMs: now(), reason };
}
