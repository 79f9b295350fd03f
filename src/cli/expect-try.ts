import { ExpectationQuestions, type PreviewAnswer } from '../alerts/detect/expectation-questions.ts';
import { timeWindowParameters } from '../api/parameters.ts';
import { readExpectationSet } from '../expectations/expectation-set.ts';
import type { Table } from '../table/table.ts';
import { terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { readFileOfExpectations } from './expect-file.ts';
import { jsonLine } from './expect-words.ts';
import { readFlags } from './usage-filter-flags.ts';

/**
 * Prints the findings that the expectations of a file would have given over a past period. Current expectations from
 * other sources than the file stay in force.
 * @throws KeytrailError `bad-usage`, `path-unreadable`, `bad-expectation`
 */
export async function printPreview(
  { settings, stdout, stderr, now }: CommandContext,
  table: Table,
  file: string,
  flags: { readonly json?: true },
): Promise<void> {
  const { fromMs, toMs } = readFlags(timeWindowParameters, flags);
  const nowMs = now();
  const set = await readExpectationSet(table);
  const { expectations } = await readFileOfExpectations(stderr, file, set, nowMs);
  const inFile = new Set(expectations.map(({ id }) => id));
  const others = set.current.filter(({ id, source }) => source !== 'file' && !inFile.has(id));
  const proposed = [...others.map(({ expectation }) => expectation), ...expectations];
  const questions = new ExpectationQuestions(table, settings().detection);
  const preview = await questions.preview(proposed, nowMs, fromMs, toMs);
  stdout.write(flags.json === true ? jsonLine(preview) : previewText(preview));
}

function previewText(preview: PreviewAnswer): string {
  const { from, to, fired, added, silenced, neverNeeded, warnings } = preview;
  const lines = (findings: PreviewAnswer['fired']) =>
    findings.map(
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
