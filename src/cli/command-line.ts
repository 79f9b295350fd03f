import { terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { DEFAULT_DATA_FOLDER } from './settings.ts';

/** A command line for the same history, as a person may type it: `keytrail alerts --data audit`. */
export function commandLine({ settings }: Pick<CommandContext, 'settings'>, words: string): string {
  const { dataFolder, tableName } = settings();
  const isDefault = tableName !== undefined || dataFolder === DEFAULT_DATA_FOLDER;
  return isDefault ? `keytrail ${words}` : `keytrail ${words} --data ${quoted(dataFolder)}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  const shown = terminalText(text);
  return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}
