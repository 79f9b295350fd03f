import { type Command, InvalidArgumentError } from 'commander';
import type { SettingFlags } from './settings.ts';

/** Adds `--data` to every command below `command` that does something. */
export function addDataFlag(command: Command): void {
  for (const below of command.commands) {
    below.option(
      '--data <folder>',
      'folder of the history (default: KEYTRAIL_DATA, else .keytrail)',
      folderOf,
    );
    addDataFlag(below);
  }
}

/** The settings among the flags of a command; flags may also stand before the name of a subcommand. */
export function settingFlagsOf(command: Command): SettingFlags {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const { data } = at.opts<{ data?: string }>();
    if (data !== undefined) return { dataFolder: data };
  }
  return {};
}

function folderOf(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give the path of a folder.');
  return text;
}
