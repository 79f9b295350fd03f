import { cpus } from 'node:os';

/** Prints rows under a header, each column as wide as its widest cell; numbers stand on the right. */
export function printTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)),
  );
  const widths = header.map((name, column) =>
    Math.max(name.length, ...texts.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], isRight: (column: number) => boolean) =>
    cells
      .map((cell, column) =>
        isRight(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const isNumeric = (column: number) => rows.some((row) => typeof row[column] === 'number');
  console.log(line(header, isNumeric));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of texts) console.log(line(row, isNumeric));
  console.log('');
}

/** The last line of a benchmark: everything it found, for programs. */
export function printResult(name: string, result: object): void {
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model.trim() ?? '' };
  console.log(JSON.stringify({ benchmark: name, machine, ...result }));
}

/** Progress, beside the results. */
export function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
