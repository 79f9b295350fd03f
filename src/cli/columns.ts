const GAP = '  ';
/** The longest cell where nothing says how wide a line may be: one of 4 KB would hide all others. */
const LONGEST_CELL = 120;
/** What a narrow terminal leaves of a cell at the least. */
const SHORTEST_CELL = 8;
/** Numbers and times say nothing without their middle. */
const WHOLE = /^[\d\s:.,-]*$/;

/**
 * The width of each column: that of its widest cell, or less where the lines would not fit. The widest columns give up
 * most. Every line must have as many cells as the first.
 * @param columns of the terminal; undefined where there is none
 */
export function columnWidths(lines: readonly (readonly string[])[], columns?: number): number[] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.min(LONGEST_CELL, Math.max(...lines.map((cells) => cells[column]?.length ?? 0))),
  );
  if (columns === undefined) return widths;
  const room = columns - GAP.length * (widths.length - 1);
  const cut = widths.map((_, column) => !lines.slice(1).every((cells) => WHOLE.test(cells[column] ?? '')));
  for (let surplus = sum(widths) - room; surplus > 0; surplus--) {
    const widest = Math.max(0, ...widths.filter((_, column) => cut[column]));
    if (widest <= SHORTEST_CELL) break;
    widths[widths.findLastIndex((width, column) => width === widest && cut[column] === true)] = widest - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A line of a table. A cell that is longer than its column loses its middle: an ARN says most at both ends. */
export function columnLine(cells: readonly string[], widths: readonly number[]): string {
  const fitted = cells.map((cell, column) => cutTo(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0));
  return `${fitted.join(GAP).trimEnd()}\n`;
}

function cutTo(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  const end = Math.floor((width - 1) / 2);
  return `${cell.slice(0, width - 1 - end)}…${end === 0 ? '' : cell.slice(-end)}`;
}

/** A table whose first line is its head. */
export function inColumns(lines: readonly (readonly string[])[], columns?: number): string {
  const widths = columnWidths(lines, columns);
  return lines.map((cells) => columnLine(cells, widths)).join('');
}
