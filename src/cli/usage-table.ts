import type { UsageRow } from '../history/query/questions.ts';
import { terminalText } from '../text/terminal-text.ts';
import { columnLine, columnWidths } from './columns.ts';
import type { ShortNames } from './short-names.ts';

/** How a table of rows is written. */
export interface UsageTableStyle {
  readonly names: ShortNames;
  /** Writes a time in the zone of the table. */
  readonly at: (time: string) => string;
  /** Of the terminal; undefined where there is none. */
  readonly columns?: number | undefined;
}

const HEADER = ['TIME', 'KEY', 'OPERATION', 'OUTCOME', 'PRINCIPAL', 'JOB'];

export interface UsageTable {
  /** The lines of some rows. The first call adds a header. */
  lines(rows: readonly UsageRow[]): string;
}

/** A table that is written as its rows come. The first rows decide the widths of the columns. */
export function usageTable({ names, at, columns }: UsageTableStyle): UsageTable {
  let widths: readonly number[] | undefined;
  const cellsOf = ({
    eventTime,
    keyArn,
    keyRef,
    operation,
    outcome,
    errorCode,
    principal,
    attribution,
  }: UsageRow) => [
    at(eventTime),
    names.key(keyArn ?? keyRef),
    terminalText(operation),
    terminalText(errorCode === undefined ? outcome : `${outcome} (${errorCode})`),
    principal.id === undefined ? principal.type : names.principal(principal.id, keyArn),
    [attribution.status, ...attribution.jobs.map(({ arn }) => names.job(arn))].join(' '),
  ];
  return {
    lines(rows) {
      const lines: string[][] = rows.map(cellsOf);
      if (widths === undefined) {
        lines.unshift(HEADER);
        widths = columnWidths(lines, columns);
      }
      return lines.map((cells) => columnLine(cells, widths ?? [])).join('');
    },
  };
}
