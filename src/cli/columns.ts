const GAP = '  ';
/** The longest cell where nothing says how wide a line may be: one of 4 KB would hide all others. */
const LONGEST_CELL = 120;
/** What a narrow terminal leaves of a cell at the least. */
const SHORTEST_CELL = 8;
/** What a cell must be left to be worth its place, where another column can give way. */
const READABLE_CELL = 10;
/** Numbers and times say nothing without their middle. */
const WHOLE = /^[\d\s:.,-]*$/;

/**
 * The width of each column: that of its widest cell, or less where the lines would not fit. The widest columns give up
 * most. Every line must have as many cells as the first.
 * @param columns of the terminal; undefined where there is none
 */
export function columnWidths(lines: readonly (readonly string[])[], columns?: number): number[] {
  const widths = widestOf(lines);
  if (columns === undefined) return widths;
  const room = columns - GAP.length * (widths.length - 1);
  const cut = widths.map((_, column) => canBeCut(lines, column));
  for (let surplus = sum(widths) - room; surplus > 0; surplus--) {
    const widest = Math.max(0, ...widths.filter((_, column) => cut[column]));
    if (widest <= SHORTEST_CELL) break;
    widths[widths.findLastIndex((width, column) => width === widest && cut[column] === true)] = widest - 1;
  }
  return widths;
}

function widestOf(lines: readonly (readonly string[])[]): number[] {
  return (lines[0] ?? []).map((_, column) =>
    Math.min(LONGEST_CELL, Math.max(...lines.map((cells) => cells[column]?.length ?? 0))),
  );
}

function canBeCut(lines: readonly (readonly string[])[], column: number): boolean {
  return !lines.slice(1).every((cells) => WHOLE.test(cells[column] ?? ''));
}

/**
 * A table without the columns for which a terminal has no room, and their heads.
 * @param optional heads of the columns that may be left out, the first of them first
 */
export function withinColumns(
  lines: readonly (readonly string[])[],
  columns: number | undefined,
  optional: readonly string[],
): { readonly lines: readonly (readonly string[])[]; readonly leftOut: readonly string[] } {
  const heads = lines[0] ?? [];
  const least = widestOf(lines).map((width, column) =>
    canBeCut(lines, column) ? Math.min(width, READABLE_CELL) : width,
  );
  const left = new Set(heads.keys());
  const leftOut: string[] = [];
  for (const head of optional) {
    const room = (columns ?? Number.POSITIVE_INFINITY) - GAP.length * (left.size - 1);
    if (sum([...left].map((column) => least[column] ?? 0)) <= room) break;
    left.delete(heads.indexOf(head));
    leftOut.push(head);
  }
  return { lines: lines.map((cells) => cells.filter((_, column) => left.has(column))), leftOut };
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
