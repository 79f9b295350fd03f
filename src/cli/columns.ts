const GAP = '  ';

/** The width of each column, that of its widest cell. Every line must have as many cells as the first. */
export function columnWidths(lines: readonly (readonly string[])[]): number[] {
  return (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
}

/** A line of a table. A cell wider than its column moves the rest of the line. */
export function columnLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return `${padded.join(GAP).trimEnd()}\n`;
}

/** A table whose first line is its head. */
export function inColumns(lines: readonly (readonly string[])[]): string {
  const widths = columnWidths(lines);
  return lines.map((cells) => columnLine(cells, widths)).join('');
}
