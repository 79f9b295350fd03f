import type { Command } from 'commander';
import type * as z from 'zod';
import { timeWindowParameters } from '../api/parameters.ts';
import { questionsOf } from '../api/questions-of.ts';
import {
  jobPageSchema,
  jobRunsSchema,
  keyDetailSchema,
  keyPageSchema,
  principalDetailSchema,
  principalPageSchema,
} from '../api/schemas.ts';
import type { HistoryQuestions, PageRequest, WindowPage } from '../history/query/questions.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { closestNames } from '../text/closest-names.ts';
import { terminalJson } from '../text/terminal-text.ts';
import { answerNotes } from './answer-notes.ts';
import { inColumns, withinColumns } from './columns.ts';
import type { CommandContext } from './command-context.ts';
import { everyItem, everyPage } from './every-item.ts';
import { examples } from './help.ts';
import {
  jobLines,
  jobWords,
  keyLines,
  keyWords,
  principalLines,
  principalWords,
  type Said,
} from './list-words.ts';
import { withStore } from './open-store.ts';
import { ShortNames } from './short-names.ts';
import { addZoneFlag, timeWriter } from './table-times.ts';
import { addFlags, addLimitFlag, limitOf, readFlags } from './usage-filter-flags.ts';

interface ListFlags {
  readonly tz: string;
  readonly json?: true;
}

/** The keys, principals or jobs of a history. */
interface Listing<Item extends object, Detail extends object> {
  /** In the plural, as the command. */
  readonly what: string;
  readonly page: z.ZodType;
  readonly detail: z.ZodType;
  list(questions: HistoryQuestions, page: PageRequest): Promise<WindowPage<Item>>;
  one(questions: HistoryQuestions, reference: string): Promise<Detail | undefined>;
  /** A table with its head. */
  lines(items: readonly Item[], said: Said): string[][];
  /** Heads of the columns that a narrow terminal does without, the first of them first. */
  readonly optional: readonly string[];
  words(detail: Detail, said: Said): string[];
  /** What a reference may have meant. */
  names(item: Item): readonly string[];
}

/** `keytrail keys [KEY]`: what `/v1/keys` and `/v1/keys/{key}` answer. */
export function addKeysCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('keys')
    .description(
      'List the keys of the history, or print one: who used it last, its grants, its administration.',
    )
    .argument('[key]', 'its ARN, id or alias');
  addListing(command, context, {
    what: 'keys',
    page: keyPageSchema,
    detail: keyDetailSchema,
    list: (questions, page) => questions.keys(page),
    one: (questions, key) => questions.key(key),
    lines: keyLines,
    optional: ['REGION AND ACCOUNT'],
    words: keyWords,
    names: ({ arn, aliases }) => [...aliases, arn],
  });
  command.addHelpText('after', examples('keytrail keys', 'keytrail keys alias/ml/training'));
}

/** `keytrail principals [ID]`. */
export function addPrincipalsCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('principals')
    .description('List the principals that used keys, or print one.')
    .argument('[id]', 'its id, the ARN of a session of its, or its bare name');
  addListing(command, context, {
    what: 'principals',
    page: principalPageSchema,
    detail: principalDetailSchema,
    list: (questions, page) => questions.principals(page),
    one: (questions, id) => questions.principal(id),
    lines: principalLines,
    optional: ['ACCOUNT'],
    words: principalWords,
    names: ({ id }) => [id],
  });
  command.addHelpText('after', examples('keytrail principals', 'keytrail principals Trainer'));
}

/** `keytrail jobs [JOB]`, of a window where one is given. */
export function addJobsCommand(program: Command, context: CommandContext): void {
  const command = addFlags(
    program
      .command('jobs')
      .description('List the SageMaker jobs of the history, or print every run of one.')
      .argument('[job]', 'its ARN or bare name'),
    timeWindowParameters,
  );
  addListing(command, context, {
    what: 'jobs',
    page: jobPageSchema,
    detail: jobRunsSchema,
    list: (questions, page) => questions.jobs(readFlags(timeWindowParameters, command.opts()), page),
    async one(questions, job) {
      const items = await questions.job(job);
      return items.length === 0 ? undefined : { items };
    },
    lines: jobLines,
    optional: ['ENDED', 'OUTPUT', 'VOLUME'],
    words: ({ items }, said) => items.flatMap((item) => [...jobWords(item, said), '']),
    names: ({ arn }) => [arn],
  });
  command.addHelpText('after', examples('keytrail jobs --from 2026-03-01', 'keytrail jobs churn-training'));
}

function addListing<Item extends object, Detail extends object>(
  command: Command,
  context: CommandContext,
  listing: Listing<Item, Detail>,
): void {
  const flagged = addLimitFlag(command.option('--json', 'print one object'), listing.what.slice(0, -1));
  addZoneFlag(flagged).action((reference: string | undefined, flags: ListFlags) =>
    withStore(context.settings(), 'read', async ({ table }) => {
      const { questions } = questionsOf(table, context.settings().detection, context.now);
      const print = { context, questions, flags };
      await (reference === undefined ? printList(listing, print) : printOne(listing, print, reference));
    }),
  );
}

interface Printing {
  readonly context: CommandContext;
  readonly questions: HistoryQuestions;
  readonly flags: ListFlags;
}

async function saidIn({ questions, flags }: Printing): Promise<Said> {
  const keys = await everyItem((page) => questions.keys(page));
  return { names: new ShortNames(keys), at: timeWriter(flags.tz), zone: flags.tz };
}

async function printList<Item extends object, Detail extends object>(
  { what, page, list, lines, optional }: Listing<Item, Detail>,
  printing: Printing,
): Promise<void> {
  const { context, questions, flags } = printing;
  const { answer, isCut }: { answer: WindowPage<Item>; isCut: boolean } = await everyPage(
    (request) => list(questions, request),
    limitOf(flags),
  );
  if (flags.json === true) {
    context.stdout.write(jsonText(page, answer));
    return;
  }
  const table = withinColumns(lines(answer.items, await saidIn(printing)), context.columns, optional);
  if (answer.items.length > 0) context.stdout.write(inColumns(table.lines, context.columns));
  const printed = { count: answer.items.length, what, isCut, leftOut: table.leftOut };
  context.stdout.write(`${answerNotes(printed, answer, flags.tz).join('\n')}\n`);
}

async function printOne<Item extends object, Detail extends object>(
  { what, detail, list, one, words, names }: Listing<Item, Detail>,
  printing: Printing,
  reference: string,
): Promise<void> {
  const { context, questions, flags } = printing;
  const found = await one(questions, reference);
  if (found === undefined) {
    const all = (await everyItem((page) => list(questions, page))).flatMap(names);
    const [nearest] = closestNames(reference, all);
    const remedy = nearest === undefined ? `\`keytrail ${what}\` lists all` : `the nearest is ${nearest}`;
    throw new KeytrailError('not-found', `${reference} is not among the ${what} of this history; ${remedy}.`);
  }
  context.stdout.write(
    flags.json === true
      ? jsonText(detail, found)
      : `${words(found, await saidIn(printing))
          .join('\n')
          .trimEnd()}\n`,
  );
}

/** Parsed out through the API's schema, like every answer. */
function jsonText(schema: z.ZodType, answer: object): string {
  return `${terminalJson(JSON.stringify(schema.parse(answer)))}\n`;
}
