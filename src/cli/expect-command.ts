import type { Command } from 'commander';
import { suggestionYaml } from '../alerts/suggestion-yaml.ts';
import { wholeNumber } from '../api/parameter-kinds.ts';
import { timeWindowParameters } from '../api/parameters.ts';
import type { Expectation } from '../expectations/expectation.ts';
import { readNeeds } from '../expectations/expectation-need.ts';
import { everyVersion, readExpectationSet } from '../expectations/expectation-set.ts';
import { putExpectation, removeExpectation, syncExpectations } from '../expectations/expectation-store.ts';
import { expectationJsonSchema } from '../expectations/json-schema.ts';
import { unmatchedParts } from '../expectations/unmatched.ts';
import { History } from '../history/query/history.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { terminalText } from '../text/terminal-text.ts';
import { HOUR_MS } from '../utc-time.ts';
import type { CommandContext, Output } from './command-context.ts';
import { detectInStore } from './detect-in-store.ts';
import { everyItem } from './every-item.ts';
import { type AddFlags, addAddFlags, expectationOfFlags } from './expect-add-flags.ts';
import { readFileOfExpectations } from './expect-file.ts';
import { suggestFor } from './expect-suggest.ts';
import { tryFile, tryText } from './expect-try.ts';
import {
  jsonLine,
  listed,
  listJson,
  listTable,
  syncWords,
  versionJson,
  versionLine,
  warningsOf,
} from './expect-words.ts';
import { withStore } from './open-store.ts';
import { addFlags, readFlags } from './usage-filter-flags.ts';

const FILE = 'keytrail.expectations.yml';
const LEARNING_HOURS = wholeNumber(1, 24 * 366);

interface Json {
  readonly json?: boolean;
}

/** Expectations: who may use which key. Locally the operating-system user is who changes them. */
export function addExpectCommand(program: Command, context: CommandContext): void {
  const expect = program
    .command('expect')
    .description('Say who may use which key, and see what was said.')
    .helpCommand(false);
  const within = (work: (table: Table, nowMs: number) => Promise<void>) =>
    withStore(context.settings(), 'read', ({ table }) => work(table, context.now()));
  /** What changes expectations may raise alerts, or resolve them. */
  const changing = (work: (table: Table, nowMs: number) => Promise<void>) =>
    withStore(context.settings(), 'create', async (store) => {
      await work(store.table, context.now());
      await detectInStore(store, context);
    });

  expect
    .command('list')
    .description('Print the expectations that stand, how each does, and when it was last needed.')
    .option('--json', 'print one object a line')
    .action(({ json }: Json) => within((table, nowMs) => list(context, table, nowMs, json === true)));
  addAddFlags(expect.command('add'))
    .description('Add expectations, or put them in place of those of the same ids.')
    .argument('[file]', 'YAML or JSON, as keytrail.expectations.yml; flags say one without a file')
    .action((file: string | undefined, flags: AddFlags) =>
      changing((table, nowMs) => add(context, table, nowMs, file, flags)),
    );
  expect
    .command('remove')
    .description('Take expectations away; their versions stay.')
    .argument('<id...>', 'ids that `list` prints')
    .action((ids: string[]) =>
      changing(async (table, nowMs) => {
        for (const id of ids)
          await removeExpectation(table, id, { by: context.userName(), source: 'cli' }, nowMs);
      }),
    );
  expect
    .command('history')
    .description('Print every version of an expectation, who made it and when.')
    .argument('<id>', 'its id')
    .option('--json', 'print one object a line')
    .action((id: string, { json }: Json) => within((table) => history(context, table, id, json === true)));
  expect
    .command('sync')
    .description('Make the expectations that come from the file equal to it.')
    .argument('[file]', 'the file', FILE)
    .option('--json', 'print one summary object on stdout')
    .action((file: string, { json }: Json) =>
      changing((table, nowMs) => sync(context, table, nowMs, file, json === true)),
    );
  expect
    .command('suggest')
    .description('Print expectations out of what was seen on keys that have none, for a person to review.')
    .option('--key <arn|id|alias>', 'this key alone')
    .option('--learning-hours <hours>', 'how long from its first use a key is learned', '24')
    .action(({ key, learningHours }: { key?: string; learningHours: string }) =>
      within((table, nowMs) => suggest(context, table, nowMs, key, learningHours)),
    );
  addFlags(
    expect
      .command('try')
      .description('Say what the expectations of a file would have alerted of, over a past period.')
      .argument('[file]', 'the file', FILE)
      .option('--json', 'print one object'),
    timeWindowParameters,
  ).action((file: string, options: Json) =>
    within(async (table, nowMs) => {
      const flags = readFlags(timeWindowParameters, options);
      const preview = await tryFile(context, table, file, flags, nowMs);
      context.stdout.write(tryText(preview, options.json === true));
    }),
  );
  expect
    .command('schema')
    .description('Print the JSON Schema of keytrail.expectations.yml, for editors.')
    .action(() => {
      context.stdout.write(`${JSON.stringify(expectationJsonSchema(), null, 2)}\n`);
    });
}

async function list(
  { stdout, stderr }: CommandContext,
  table: Table,
  nowMs: number,
  isJson: boolean,
): Promise<void> {
  const { standing } = await readExpectationSet(table);
  const all = listed(standing, await readNeeds(table), nowMs);
  stdout.write(isJson ? all.map(listJson).join('') : listTable(all));
  warn(stderr, warningsOf(all));
}

async function add(
  { stderr, userName }: CommandContext,
  table: Table,
  nowMs: number,
  file: string | undefined,
  flags: AddFlags,
): Promise<void> {
  if (file !== undefined && Object.keys(flags).length > 0)
    throw new KeytrailError('bad-usage', 'Give a file or flags, not both.');
  const expectations =
    file === undefined
      ? [expectationOfFlags(flags, nowMs).expectation]
      : (await readFileOfExpectations(stderr, file, await readExpectationSet(table), nowMs)).expectations;
  const editor = { by: userName(), source: 'cli' as const };
  for (const expectation of expectations) await putExpectation(table, expectation, editor, nowMs);
  warn(stderr, await unmatchedIn(table, expectations, ({ id }) => `${id}:`));
}

async function sync(
  { stdout, stderr, userName }: CommandContext,
  table: Table,
  nowMs: number,
  file: string,
  isJson: boolean,
): Promise<void> {
  const read = await readFileOfExpectations(stderr, file, await readExpectationSet(table), nowMs);
  const synced = await syncExpectations(table, read.expectations, userName(), nowMs);
  stdout.write(isJson ? jsonLine(synced) : syncWords(synced));
  const { standing } = await readExpectationSet(table);
  warn(stderr, warningsOf(listed(standing, new Map(), nowMs)));
  warn(
    stderr,
    await unmatchedIn(
      table,
      read.expectations,
      ({ id }) => `${file}:${read.lineOf.get(id) ?? 1}: \`${id}\`:`,
    ),
  );
}

/** What names nothing of the history, a warning each. */
async function unmatchedIn(
  table: Table,
  expectations: readonly Expectation[],
  place: (of: { readonly id: string }) => string,
): Promise<string[]> {
  const questions = new History(table);
  const keys = await everyItem((page) => questions.keys(page));
  const principals = await everyItem((page) => questions.principals(page));
  return unmatchedParts(expectations, { keys, principals }).map(
    (unmet) => `${place(unmet)} ${unmet.sentence}.`,
  );
}

async function history({ stdout }: CommandContext, table: Table, id: string, isJson: boolean): Promise<void> {
  const versions = await everyVersion(table, id);
  if (versions.length === 0)
    throw new KeytrailError(
      'not-found',
      `There never was an expectation \`${id}\`; list those that there are.`,
    );
  stdout.write(versions.map(isJson ? versionJson : versionLine).join(''));
}

async function suggest(
  { stdout }: CommandContext,
  table: Table,
  nowMs: number,
  key: string | undefined,
  learningHours: string,
): Promise<void> {
  const hours = LEARNING_HOURS.read('learning-hours', learningHours);
  if (hours.kind === 'bad') throw new KeytrailError('bad-usage', `--learning-hours ${hours.reason}.`);
  const suggested = await suggestFor(table, key, hours.value * HOUR_MS, nowMs);
  stdout.write(suggestionYaml(suggested, terminalText));
}

function warn(stderr: Output, sentences: readonly string[]): void {
  for (const sentence of sentences) stderr.write(`Warning: ${terminalText(sentence)}\n`);
}
