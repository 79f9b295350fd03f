import { type Command, Option } from 'commander';
import { questionsOf } from '../api/questions-of.ts';
import type { HistoryQuestions, UsageRow, WindowPage } from '../history/query/questions.ts';
import type { Table } from '../table/table.ts';
import { answerNotes } from './answer-notes.ts';
import type { CommandContext } from './command-context.ts';
import { everyItem } from './every-item.ts';
import { examples } from './help.ts';
import { withStore } from './open-store.ts';
import { ShortNames } from './short-names.ts';
import { addZoneFlag, timeWriter } from './table-times.ts';
import { addUsageFlags, type UsageFlags, usageFlagsOf } from './usage-filter-flags.ts';
import { USAGE_FORMATS, type UsageFormat, writeUsage } from './usage-format.ts';
import { ofSource, sourceAsked, sourceNote } from './usage-source.ts';

const PAGE_ROWS = 1_000;

export function addUsageCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('usage')
    .description('Print the rows of GET /v1/usage, all of them unless --limit is given.')
    .addOption(
      new Option('--format <format>', 'how to print them').choices(USAGE_FORMATS).default('table' as const),
    );
  addZoneFlag(addUsageFlags(command))
    .option('--source <file>', 'only rows that one log file gave: its path, or s3://bucket/key')
    .addHelpText(
      'after',
      examples(
        'keytrail usage --key alias/ml/training --from 2026-03-01 --to 2026-03-02',
        'keytrail usage --outcome denied --format csv',
        'keytrail usage --source s3://trail-logs/AWSLogs/111122223333/…/file.json.gz',
      ),
    )
    .action((options: UsageOptions) =>
      withStore(context.settings(), 'read', ({ table }) => printUsage(context, table, options)),
    );
}

interface UsageOptions {
  readonly format: UsageFormat;
  readonly tz: string;
  readonly source?: string;
}

async function printUsage(context: CommandContext, table: Table, options: UsageOptions): Promise<void> {
  const { format, tz, source } = options;
  const all = usageFlagsOf(options);
  const of = source === undefined ? undefined : await sourceAsked(table, source);
  const flags = of === undefined ? all : { ...all, filter: ofSource(all.filter, of) };
  const { questions } = questionsOf(table, context.settings().detection, context.now);
  const printed = new PrintedRows(format !== 'table');
  const rows = printed.of(questions, flags);
  if (format === 'table') {
    const names = new ShortNames(await everyItem((page) => questions.keys(page)));
    await writeUsage(rows, format, context.stdout, { names, at: timeWriter(tz), columns: context.columns });
  } else await writeUsage(rows, format, context.stdout);
  const notes = `${[...(of ?? []).map(sourceNote), ...printed.notes(tz)].join('\n')}\n`;
  if (format === 'table') context.stdout.write(notes);
  else if (printed.isRemarkable || isBounded(all) || of !== undefined) context.stderr.write(notes);
}

/** A bound without a zone is taken as UTC, which a reader of rows must be told. */
function isBounded({ filter: { fromMs, toMs } }: UsageFlags): boolean {
  return fromMs !== undefined || toMs !== undefined;
}

/** Rows as they are printed, and what there is to say of them at the end. */
class PrintedRows {
  count = 0;
  readonly #withSources: boolean;
  #first: WindowPage<UsageRow> | undefined;
  #isCut = false;

  constructor(withSources: boolean) {
    this.#withSources = withSources;
  }

  async *of(questions: HistoryQuestions, flags: UsageFlags): AsyncGenerator<UsageRow> {
    let left = flags.limit ?? Number.POSITIVE_INFINITY;
    for (let cursor: string | undefined; ; ) {
      const page = await questions.usage(flags.filter, {
        order: flags.order,
        withSources: this.#withSources,
        limit: Math.min(PAGE_ROWS, left),
        ...(cursor === undefined ? {} : { cursor }),
      });
      this.#first ??= page;
      this.count += page.items.length;
      yield* page.items;
      left -= page.items.length;
      cursor = page.next;
      this.#isCut = cursor !== undefined;
      if (cursor === undefined || left === 0) return;
    }
  }

  /** Whether the answer lacks something that its rows do not show. */
  get isRemarkable(): boolean {
    const { unmatched, expiredBefore } = this.#first ?? {};
    return this.count === 0 || unmatched !== undefined || expiredBefore !== undefined;
  }

  notes(zone: string): string[] {
    const printed = { count: this.count, what: 'rows', isCut: this.#isCut };
    return this.#first === undefined ? [] : answerNotes(printed, this.#first, zone);
  }
}
