import type { UsageRow } from '../history/query/questions.ts';
import { terminalText } from '../text/terminal-text.ts';
import { columnLine, columnWidths } from './columns.ts';

type Cells = readonly string[];

const COLUMNS: Readonly<Record<string, (row: UsageRow) => string>> = {
  TIME: (row) => row.eventTime,
  OPERATION: (row) => row.operation,
  OUTCOME: (row) => (row.errorCode === undefined ? row.outcome : `${row.outcome} (${row.errorCode})`),
  KEY: (row) => row.keyArn ?? row.keyRef ?? '-',
  PRINCIPAL: (row) => row.principal.id ?? row.principal.type,
  JOB: ({ attribution: { status, jobs } }) => [status, ...jobs.map((job) => job.arn)].join(' '),
};

const HEADER = Object.keys(COLUMNS);
export interface UsageTable {
  /** The lines of some rows. The first call adds a header. */
  lines(rows: readonly UsageRow[]): string;
}

/**
 * A table that is written as its rows come. The first rows decide the widths of the columns. Cells are never cut, since a cut
 * ARN names nothing; a wider cell moves the rest of its line.
 */
export function usageTable(): UsageTable {
  let widths: readonly number[] | undefined;
  return {
    lines(rows) {
      const lines: Cells[] = rows.map((row) => Object.values(COLUMNS).map((cell) => terminalText(cell(row))));
      if (widths === undefined) {
        lines.unshift(HEADER);
        widths = columnWidths(lines);
      }
      return lines.map((cells) => columnLine(cells, widths ?? [])).join('');
    },
  };
}
