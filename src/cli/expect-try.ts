import { ExpectationQuestions, type PreviewAnswer } from '../alerts/detect/expectation-questions.ts';
import { readExpectationSet } from '../expectations/expectation-set.ts';
import type { Table } from '../table/table.ts';
import { terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { readFileOfExpectations } from './expect-file.ts';
import { jsonLine } from './expect-words.ts';

/** What of the history is tried. */
export interface TryFlags {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** What the expectations of a file would have given; those that stand and are not from the file stay beside them. */
export async function tryFile(
  { settings, stderr }: CommandContext,
  table: Table,
  file: string,
  { fromMs, toMs }: TryFlags,
  nowMs: number,
): Promise<PreviewAnswer> {
  const set = await readExpectationSet(table);
  const { expectations } = await readFileOfExpectations(stderr, file, set, nowMs);
  const inFile = new Set(expectations.map(({ id }) => id));
  const others = set.standing.filter(({ id, source }) => source !== 'file' && !inFile.has(id));
  const proposed = [...others.map(({ expectation }) => expectation), ...expectations];
  return new ExpectationQuestions(table, settings().detection).preview(proposed, nowMs, fromMs, toMs);
}

export function tryText(preview: PreviewAnswer, isJson: boolean): string {
  if (isJson) return jsonLine(preview);
  const { from, to, fired, added, silenced, neverNeeded, warnings } = preview;
  const lines = (matters: PreviewAnswer['fired']) =>
    matters.map(
      ({ rule, severity, count, lastSeen, title }) =>
        `  ${severity}  ${rule}  ${count} uses, last ${lastSeen}: ${terminalText(title)}`,
    );
  return `${[
    `From ${from} to ${to}:`,
    `${fired.length} alerts would have fired, ${added.length} of them new:`,
    ...lines(added),
    `${silenced.length} would be silent that are not now:`,
    ...lines(silenced),
    ...neverNeeded.map((id) => `${id} was needed by no use.`),
    ...warnings.map(terminalText),
  ].join('\n')}\n`;
}
