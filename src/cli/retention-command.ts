import type { Command } from 'commander';
import { KeytrailError } from '../keytrail-error.ts';
import { newUuid } from '../randomness.ts';
import { type ExpiryRun, readExpiredDays, readRuns, runExpiry } from '../retention/expiry-run.ts';
import { type LegalHold, placeHold, readHolds, releaseHold } from '../retention/legal-hold.ts';
import { firstKeptDay } from '../retention/retention-months.ts';
import { terminalText } from '../text/terminal-text.ts';
import { isoTime } from '../utc-time.ts';
import type { CommandContext } from './command-context.ts';
import { jsonLine } from './expect-words.ts';
import { withStore } from './open-store.ts';

/** Runs that are printed. */
const SHOWN_RUNS = 20;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

interface HoldFlags {
  readonly reason: string;
  readonly from?: string;
  readonly to?: string;
}

/** How long rows are kept, and what must not expire. Locally the operating-system user is who says it. */
export function addRetentionCommand(program: Command, context: CommandContext): void {
  const retention = program
    .command('retention')
    .description('Let rows expire that are older than KEYTRAIL_RETENTION_MONTHS (13), or hold them.')
    .helpCommand(false);

  retention
    .command('status')
    .description('Print how long rows are kept, what is held, the last runs and what expired.')
    .option('--json', 'print one object')
    .action(({ json }: { json?: boolean }) =>
      withStore(context.settings(), 'read', async ({ table }) => {
        const months = context.settings().retentionMonths;
        const [holds, runs, expired] = await Promise.all([
          readHolds(table),
          readRuns(table, SHOWN_RUNS),
          readExpiredDays(table),
        ]);
        const keptFrom = months === undefined ? undefined : firstKeptDay(context.now(), months);
        if (json === true) context.stdout.write(jsonLine({ months, keptFrom, holds, runs, expired }));
        else {
          context.stdout.write(
            `${[
              keptFrom === undefined ? 'Rows are kept for ever.' : `Rows are kept from ${keptFrom} on.`,
              ...holds.map(holdWords),
              ...runs.map(runWords),
              ...expired.map(({ day, rows, keys }) => `${day}: ${rows} rows of ${keys.length} keys expired.`),
            ].join('\n')}\n`,
          );
        }
      }),
    );
  retention
    .command('run')
    .description('Let the rows of days expire that are older, but for those that are held.')
    .option('--json', 'print one object')
    .action(async ({ json }: { json?: boolean }) => {
      const months = context.settings().retentionMonths;
      if (months === undefined) {
        context.stdout.write('Rows are kept for ever; nothing was done.\n');
        return;
      }
      await withStore(context.settings(), 'change', async ({ table }) => {
        const run = await runExpiry(table, {
          run: newUuid(),
          by: context.userName(),
          months,
          now: context.now,
          isTimeLeft: () => true,
        });
        context.stdout.write(json === true ? jsonLine(run) : `${runWords(run)}\n`);
      });
    });
  retention
    .command('hold')
    .description('Keep days from expiring, until the hold is released.')
    .argument('<id>', 'names the hold')
    .requiredOption('--reason <text>', 'why, for whoever looks later')
    .option('--from <day>', 'first day, as 2026-03-01 (default: since ever)')
    .option('--to <day>', 'last day (default: for ever)')
    .action((id: string, flags: HoldFlags) =>
      withStore(context.settings(), 'create', async ({ table }) => {
        const expired = await placeHold(table, holdOf(id, flags, context));
        context.stdout.write(`Hold ${id} stands.${expiredWords(expired)}\n`);
      }),
    );
  retention
    .command('release')
    .description('Release a hold; it stays on record.')
    .argument('<id>', 'of the hold')
    .requiredOption('--reason <text>', 'why, for whoever looks later')
    .action((id: string, { reason }: { reason: string }) =>
      withStore(context.settings(), 'change', async ({ table }) => {
        await releaseHold(table, id, deed(reason, context));
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
    placed: deed(reason, context),
  };
}

function expiredWords(days: readonly string[]): string {
  if (days.length === 0) return '';
  return ` ${days.length} of its days had expired before, from ${days[0]} to ${days.at(-1)}.`;
}

function deed(reason: string, { now, userName }: CommandContext) {
  if (reason.trim() === '') throw new KeytrailError('bad-usage', '--reason must say why in words.');
  return { by: userName(), timeMs: now(), reason };
}

function holdWords({ id, from, to, placed, released }: LegalHold): string {
  const days = `${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` to ${to}`}`;
  const end =
    released === undefined
      ? 'it stands'
      : `released by ${released.by} at ${isoTime(released.timeMs)}: ${released.reason}`;
  return terminalText(
    `Hold ${id} on all days${days}, by ${placed.by} at ${isoTime(placed.timeMs)}: ${placed.reason}; ${end}.`,
  );
}

function runWords({ startedMs, by, cutoff, days, late, held, unsealed, finishedMs }: ExpiryRun): string {
  const rows = days.reduce((sum, day) => sum + day.rows, 0);
  const events = late.reduce((sum, day) => sum + day.events, 0);
  const tooLate = events === 0 ? '' : ` ${events} events had come too late and were taken away.`;
  const waiting = unsealed.length === 0 ? '' : ` ${unsealed.length} days are still to be sealed.`;
  const end = finishedMs === undefined ? ' It was cut off; the next run goes on.' : '';
  return terminalText(
    `Run at ${isoTime(startedMs)} by ${by}: ${rows} rows of ${days.length} days before ${cutoff} expired, ${held.length} days are held.${waiting}${tooLate}${end}`,
  );
}
