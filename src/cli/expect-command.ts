import type { Command } from 'commander';
import { timeWindowParameters } from '../api/parameters.ts';
import { readNeeds } from '../expectations/expectation-need.ts';
import { everyVersion, readExpectationSet } from '../expectations/expectation-set.ts';
import { expectationJsonSchema } from '../expectations/json-schema.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import type { CommandContext } from './command-context.ts';
import { detectInStore } from './detect-in-store.ts';
import { type AddFlags, addAddFlags } from './expect-add-flags.ts';
import { addExpectations, removeExpectations, syncFile } from './expect-changes.ts';
import { printSuggestions, type SuggestFlags } from './expect-suggest.ts';
import { printPreview } from './expect-try.ts';
import {
  listed,
  listJson,
  listTable,
  versionJson,
  versionLine,
  warningsOf,
  writeWarnings,
} from './expect-words.ts';
import { examples } from './help.ts';
import { withStore } from './open-store.ts';
import { addFlags } from './usage-filter-flags.ts';

const FILE = 'keytrail.expectations.yml';

interface JsonFlag {
  readonly json?: true;
}

/** Expectations: who may use which key. Locally the operating-system user is the author of changes. */
export function addExpectCommand(program: Command, context: CommandContext): void {
  const expect = program
    .command('expect')
    .description('Say who may use which key, and see what was said.')
    .helpCommand(false)
    .addHelpText('after', examples('keytrail expect suggest'));
  addListCommand(expect, context);
  addChangeCommands(expect, context);
  addHistoryCommand(expect, context);
  addSyncCommand(expect, context);
  addTrialCommands(expect, context);
  addSchemaCommand(expect, context);
}

function addListCommand(expect: Command, context: CommandContext): void {
  expect
    .command('list')
    .description('Print the current expectations, the status of each, and when it was last needed.')
    .addHelpText('after', examples('keytrail expect list'))
    .option('--json', 'print one object a line')
    .action(({ json }: JsonFlag) => reading(context, (table) => list(context, table, json === true)));
}

function addChangeCommands(expect: Command, context: CommandContext): void {
  addAddFlags(expect.command('add'))
    .description('Add expectations, or replace those with the same ids.')
    .addHelpText(
      'after',
      examples(
        'keytrail expect add keytrail.expectations.yml',
        'keytrail expect add --id training --key alias/ml/training --jobs \\',
        '    --owner "ML platform" --reason "training jobs of the platform"',
      ),
    )
    .argument('[file]', 'YAML or JSON, as keytrail.expectations.yml; without a file, flags describe one')
    .action((file: string | undefined, flags: AddFlags) =>
      changing(context, (table) => addExpectations(context, table, file, flags)),
    );
  expect
    .command('remove')
    .description('Remove expectations; their versions stay.')
    .addHelpText('after', examples('keytrail expect remove training'))
    .argument('<id...>', 'ids that `list` prints')
    .action((ids: string[]) => changing(context, (table) => removeExpectations(context, table, ids)));
}

function addHistoryCommand(expect: Command, context: CommandContext): void {
  expect
    .command('history')
    .description('Print every version of an expectation, who made it and when.')
    .addHelpText('after', examples('keytrail expect history training'))
    .argument('<id>', 'its id')
    .option('--json', 'print one object a line')
    .action((id: string, { json }: JsonFlag) =>
      reading(context, (table) => history(context, table, id, json === true)),
    );
}

function addSyncCommand(expect: Command, context: CommandContext): void {
  expect
    .command('sync')
    .description('Make the expectations that come from the file equal to it.')
    .addHelpText('after', examples('keytrail expect sync keytrail.expectations.yml'))
    .argument('[file]', 'the file', FILE)
    .option('--json', 'print one summary object on stdout')
    .action((file: string, { json }: JsonFlag) =>
      changing(context, (table) => syncFile(context, table, file, json === true)),
    );
}

function addTrialCommands(expect: Command, context: CommandContext): void {
  expect
    .command('suggest')
    .description('Suggest expectations for keys that have none, from their uses, for a person to review.')
    .addHelpText('after', examples('keytrail expect suggest > keytrail.expectations.yml'))
    .option('--key <arn|id|alias>', 'this key alone')
    .option('--learning-hours <hours>', 'how long from its first use a key is learned', '336')
    .action((flags: SuggestFlags) => reading(context, (table) => printSuggestions(context, table, flags)));
  const attempt = expect
    .command('try')
    .description('Print the alerts that the expectations of a file would have given over a past period.')
    .addHelpText('after', examples('keytrail expect try --from 2026-03-01'))
    .argument('[file]', 'the file', FILE)
    .option('--json', 'print one object');
  addFlags(attempt, timeWindowParameters).action((file: string, flags: JsonFlag) =>
    reading(context, (table) => printPreview(context, table, file, flags)),
  );
}

function addSchemaCommand(expect: Command, { stdout }: CommandContext): void {
  expect
    .command('schema')
    .description('Print the JSON Schema of keytrail.expectations.yml, for editors.')
    .addHelpText('after', examples('keytrail expect schema > keytrail.schema.json'))
    .action(() => {
      stdout.write(`${JSON.stringify(expectationJsonSchema(), null, 2)}\n`);
    });
}

function reading(context: CommandContext, work: (table: Table) => Promise<void>): Promise<void> {
  return withStore(context.settings(), 'read', ({ table }) => work(table));
}

/** A change of expectations can open or resolve alerts, so detection follows. */
function changing(context: CommandContext, work: (table: Table) => Promise<void>): Promise<void> {
  return withStore(context.settings(), 'create', async (store) => {
    await work(store.table);
    await detectInStore(store, context, { isWaiting: true });
  });
}

async function list(
  { stdout, stderr, now, columns }: CommandContext,
  table: Table,
  isJson: boolean,
): Promise<void> {
  const { current } = await readExpectationSet(table);
  const all = listed(current, await readNeeds(table), now());
  stdout.write(isJson ? all.map(listJson).join('') : listTable(all, columns));
  writeWarnings(stderr, warningsOf(all));
}

async function history({ stdout }: CommandContext, table: Table, id: string, isJson: boolean): Promise<void> {
  const versions = await everyVersion(table, id);
  if (versions.length === 0)
    throw new KeytrailError(
      'not-found',
      `There never was an expectation \`${id}\`; \`keytrail expect list\` prints the ids.`,
    );
  stdout.write(versions.map(isJson ? versionJson : versionLine).join(''));
}
