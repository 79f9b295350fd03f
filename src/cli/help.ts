import type { Command, Help } from 'commander';

/** Help reads the same everywhere, and fits the narrowest usual terminal. */
const COLUMNS = 80;
/** Terms longer than this have their description on the next line. */
const TERM_COLUMNS = 24;
const INDENT = '  ';

/** Lays out the help of a command, and of those that are added to it later. */
export function layOutHelp(program: Command): void {
  program
    .configureOutput({ getOutHelpWidth: () => COLUMNS, getErrHelpWidth: () => COLUMNS })
    .configureHelp({ padWidth: () => TERM_COLUMNS, formatItem });
}

function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const column = `${INDENT}${' '.repeat(termWidth)}${INDENT}`;
  const lines = helper.boxWrap(description, COLUMNS - column.length).split('\n');
  const isLong = term.length > termWidth;
  const first = isLong ? `${INDENT}${term}\n${column}` : `${INDENT}${term.padEnd(termWidth)}${INDENT}`;
  return `${first}${lines.join(`\n${column}`)}`.trimEnd();
}

/** Command lines for the end of a command's help (`addHelpText`), each of at most 78 columns. */
export function examples(...lines: readonly [string, ...string[]]): string {
  return ['', lines.length === 1 ? 'Example:' : 'Examples:', ...lines.map((line) => INDENT + line)].join(
    '\n',
  );
}
