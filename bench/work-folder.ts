import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { say } from './print.ts';

export interface WorkFolderOptions {
  /** Works in this folder, takes what an earlier run left in it, and leaves it there. */
  readonly input?: string;
  /** Leaves the folder, and says where it is. */
  readonly keep: boolean;
}

/** The options of every benchmark that makes its input, for `parseArgs`. */
export const WORK_FOLDER_OPTIONS = {
  input: { type: 'string' },
  keep: { type: 'boolean', default: false },
} as const;

/** Gives `work` a folder for its input and its stores, and takes it away when it has ended, however. */
export async function inWorkFolder(
  name: string,
  { input, keep }: WorkFolderOptions,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  if (input !== undefined) {
    mkdirSync(input, { recursive: true });
    await work(resolve(input));
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), `keytrail-bench-${name}-`));
  try {
    await work(folder);
  } finally {
    if (keep) say(`Kept ${folder}; use it again with --input.`);
    else rmSync(folder, { recursive: true, force: true });
  }
}
