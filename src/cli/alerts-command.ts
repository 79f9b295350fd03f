import { type Command, Option } from 'commander';
import type { AlertAnswer, AlertDetail } from '../alerts/store/alert-answer.ts';
import { AlertQuestions } from '../alerts/store/alert-questions.ts';
import { acknowledgementSchema } from '../api/alert-schemas.ts';
import { instant } from '../api/parameter-kinds.ts';
import { alertFilterParameters } from '../api/parameters.ts';
import type { OpenMode } from '../embedded/embedded-store.ts';
import { History } from '../history/query/history.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { ALERT_FORMATS, type AlertFormat, alertsText, alertWords } from './alert-words.ts';
import { unmatchedSentence } from './answer-notes.ts';
import type { CommandContext } from './command-context.ts';
import { everyItem } from './every-item.ts';
import { jsonLine } from './expect-words.ts';
import { examples } from './help.ts';
import { withStore } from './open-store.ts';
import { addFlags, readFlags } from './usage-filter-flags.ts';

/** Alerts, and their acknowledgements. Locally the operating-system user is who acknowledges. */
export function addAlertsCommand(program: Command, context: CommandContext): void {
  const alerts = program
    .command('alerts')
    .description('Print what the alert rules found, last seen first; in every state unless --state is given.')
    .helpCommand(false)
    .addHelpText('after', examples('keytrail alerts --state open'))
    .addOption(
      new Option('--format <format>', 'how to print them').choices(ALERT_FORMATS).default('table' as const),
    );
  const print = (alert: AlertDetail, isJson: boolean) =>
    context.stdout.write(isJson ? jsonLine(alert) : alertWords(alert));
  const within = (mode: OpenMode, work: (questions: AlertQuestions, table: Table) => Promise<void>) =>
    withStore(context.settings(), mode, ({ table }) => work(new AlertQuestions(table), table));

  addFlags(alerts, alertFilterParameters).action((options: { format: AlertFormat }) =>
    within('read', async (questions, table) => {
      const filter = readFlags(alertFilterParameters, options);
      const found: readonly AlertAnswer[] = await everyItem((page) => questions.list(filter, page));
      context.stdout.write(alertsText(found, options.format, context.columns));
      const { unmatched = [] } = await new History(table).covering(filter);
      // What a program reads has alerts alone.
      const output = options.format === 'table' ? context.stdout : context.stderr;
      for (const value of unmatched) output.write(`${unmatchedSentence(value)}\n`);
    }),
  );
  alerts
    .command('show')
    .description('Print one alert: what to check next, and every change of it.')
    .addHelpText('after', examples('keytrail alerts show 3f1c9a20b7e44d51'))
    .argument('<id>', 'an id that `keytrail alerts` prints')
    .option('--json', 'print one object')
    .action((id: string, { json }: { json?: boolean }) =>
      within('read', async (questions) => {
        print(found(id, await questions.one(id)), json === true);
      }),
    );
  alerts
    .command('acknowledge')
    .description('Acknowledge an alert: say that you have looked at it.')
    .addHelpText(
      'after',
      examples('keytrail alerts acknowledge 3f1c9a20b7e44d51 --reason "planned migration"'),
    )
    .argument('<id>', 'an id that `keytrail alerts` prints')
    .requiredOption('--reason <text>', 'why nothing is to be done, for later readers')
    .option('--until <time>', 'new uses after this time or day open it again')
    .option('--json', 'print one object')
    .action((id: string, options: { reason: string; until?: string; json?: boolean }) =>
      within('change', async (questions) => {
        const alert = await acknowledge(questions, id, options, context);
        print(found(id, alert), options.json === true);
      }),
    );
}

function acknowledge(
  questions: AlertQuestions,
  id: string,
  { reason, until }: { readonly reason: string; readonly until?: string },
  { now, userName }: CommandContext,
): Promise<AlertDetail | undefined> {
  const said = acknowledgementSchema.shape.reason.safeParse(reason);
  if (!said.success)
    throw new KeytrailError('bad-usage', `--reason ${said.error.issues[0]?.message ?? 'must say why'}.`);
  const reading = until === undefined ? undefined : instant.read('until', until);
  if (reading?.kind === 'bad') throw new KeytrailError('bad-usage', `--until ${reading.reason}.`);
  const nowMs = now();
  const untilMs = reading?.value;
  if (untilMs !== undefined && untilMs <= nowMs)
    throw new KeytrailError('bad-usage', '--until is in the past; give a later time or leave it out.');
  return questions.acknowledge(id, userName(), reason, nowMs, untilMs);
}

function found(id: string, alert: AlertDetail | undefined): AlertDetail {
  if (alert === undefined)
    throw new KeytrailError('not-found', `There is no alert ${id}; \`keytrail alerts\` prints their ids.`);
  return alert;
}
