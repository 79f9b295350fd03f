import { type Command, Option } from 'commander';
import { questionsOf } from '../api/questions-of.ts';
import type { HistoryQuestions, UsageRow } from '../history/query/questions.ts';
import type { CommandContext } from './command-context.ts';
import { examples } from './help.ts';
import { openStore } from './open-store.ts';
import { addUsageFlags, type UsageFlags, usageFlagsOf } from './usage-filter-flags.ts';
import { USAGE_FORMATS, type UsageFormat, writeUsage } from './usage-format.ts';

const PAGE_ROWS = 1_000;

export function addUsageCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('usage')
    .description('Print the rows of GET /v1/usage, all of them unless --limit is given.')
    .addOption(
      new Option('--format <format>', 'how to print them').choices(USAGE_FORMATS).default('table' as const),
    );
  addUsageFlags(command)
    .addHelpText(
      'after',
      examples(
        'keytrail usage --key alias/ml/training --from 2026-03-01 --to 2026-03-02',
        'keytrail usage --outcome denied --format csv',
      ),
    )
    .action(async (options: { format: UsageFormat }) => {
      const flags = usageFlagsOf(options);
      const store = await openStore(context.settings(), 'read');
      try {
        const { questions } = questionsOf(store.table, context.settings().detection, context.now);
        let expiredBefore: string | undefined;
        const rows = rowsOf(questions, flags, (before) => {
          expiredBefore = before;
        });
        await writeUsage(rows, options.format, context.stdout);
        if (expiredBefore !== undefined) context.stderr.write(expiredWords(expiredBefore));
      } finally {
        await store.close();
      }
    });
}

function expiredWords(before: string): string {
  return `Rows of days before ${before} have expired; uses on those days are not printed.\n`;
}

async function* rowsOf(
  questions: HistoryQuestions,
  flags: UsageFlags,
  onExpired: (before: string) => void,
): AsyncGenerator<UsageRow> {
  let left = flags.limit ?? Number.POSITIVE_INFINITY;
  for (let cursor: string | undefined; ; ) {
    const page = await questions.usage(flags.filter, {
      order: flags.order,
      limit: Math.min(PAGE_ROWS, left),
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (page.expiredBefore !== undefined) onExpired(page.expiredBefore);
    yield* page.items;
    left -= page.items.length;
    cursor = page.next;
    if (cursor === undefined || left === 0) return;
  }
}
