import { type Command, InvalidArgumentError } from 'commander';
import { questionsOf } from '../api/questions-of.ts';
import { summaryPageSchema } from '../api/schemas.ts';
import {
  GROUP_DIMENSIONS,
  type GroupDimension,
  type UsageGroup,
  type WindowPage,
} from '../history/query/questions.ts';
import type { Table } from '../table/table.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import { answerNotes } from './answer-notes.ts';
import { inColumns, withinColumns } from './columns.ts';
import type { CommandContext } from './command-context.ts';
import { everyItem, everyPage } from './every-item.ts';
import { examples } from './help.ts';
import { withStore } from './open-store.ts';
import { ShortNames } from './short-names.ts';
import { addZoneFlag, timeWriter } from './table-times.ts';
import { addLimitFlag, addUsageFilterFlags, limitOf, usageFilterOf } from './usage-filter-flags.ts';

interface SummaryFlags {
  readonly groupBy: readonly GroupDimension[];
  readonly tz: string;
  readonly json?: true;
}

export function addSummaryCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('summary')
    .description('Count the rows of the history by groups.')
    .requiredOption(
      '--group-by <list>',
      `by what, separated by commas: ${GROUP_DIMENSIONS.join(', ')}`,
      dimensionsOf,
    )
    .option('--json', 'print one object');
  addZoneFlag(addLimitFlag(addUsageFilterFlags(command), 'group'))
    .addHelpText(
      'after',
      examples(
        'keytrail summary --group-by key,principal,operation',
        'keytrail summary --group-by day --outcome denied',
      ),
    )
    .action((flags: SummaryFlags) =>
      withStore(context.settings(), 'read', ({ table }) => printSummary(context, table, flags)),
    );
}

function dimensionsOf(text: string): readonly GroupDimension[] {
  const dimensions = text.split(',').map((name) => GROUP_DIMENSIONS.find((dimension) => dimension === name));
  if (dimensions.some((dimension) => dimension === undefined))
    throw new InvalidArgumentError(`Give one or more of ${GROUP_DIMENSIONS.join(', ')}.`);
  return [...new Set(dimensions.filter((dimension) => dimension !== undefined))];
}

async function printSummary(context: CommandContext, table: Table, flags: SummaryFlags): Promise<void> {
  const { questions } = questionsOf(table, context.settings().detection, context.now);
  const filter = usageFilterOf(flags);
  const { answer, isCut }: { answer: WindowPage<UsageGroup>; isCut: boolean } = await everyPage(
    (page) => questions.summary(filter, flags.groupBy, page),
    limitOf(flags),
  );
  const { items: groups, ...rest } = answer;
  if (flags.json === true) {
    const whole = summaryPageSchema.parse({ groups, ...rest });
    context.stdout.write(`${terminalJson(JSON.stringify(whole))}\n`);
    return;
  }
  const names = new ShortNames(await everyItem((page) => questions.keys(page)));
  const { lines, leftOut } = withinColumns(linesOf(groups, flags, names), context.columns, [
    'FIRST SEEN',
    'LAST SEEN',
  ]);
  const printed = { count: groups.length, what: 'groups', isCut, leftOut };
  if (groups.length > 0) context.stdout.write(inColumns(lines, context.columns));
  context.stdout.write(`${answerNotes(printed, answer, flags.tz).join('\n')}\n`);
}

function linesOf(
  groups: readonly UsageGroup[],
  { groupBy, tz }: SummaryFlags,
  names: ShortNames,
): string[][] {
  const at = timeWriter(tz);
  const isAmbiguous = groups.some(({ ambiguousCount }) => ambiguousCount !== undefined);
  const head = [
    ...groupBy.map((dimension) => dimension.toUpperCase()),
    'COUNT',
    ...(isAmbiguous ? ['AMBIGUOUS'] : []),
    'FIRST SEEN',
    'LAST SEEN',
  ];
  const rows = groups.map((group) => [
    ...groupBy.map((dimension) => shown(dimension, group[dimension], names)),
    String(group.count),
    ...(isAmbiguous ? [String(group.ambiguousCount ?? 0)] : []),
    at(group.firstSeen),
    at(group.lastSeen),
  ]);
  return [head, ...rows];
}

function shown(dimension: GroupDimension, value: string | undefined, names: ShortNames): string {
  if (value === undefined) return '-';
  switch (dimension) {
    case 'key':
      return names.key(value);
    case 'principal':
      return names.principal(value);
    case 'job':
      return names.job(value);
    default:
      return terminalText(value);
  }
}
