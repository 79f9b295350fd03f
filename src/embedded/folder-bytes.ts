import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LargeBytes } from '../s3/large-bytes.ts';

/** In a folder that is its owner's alone. */
export function folderBytes(folder: string): LargeBytes {
  return {
    async keep(name, bytes) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(join(folder, name), bytes, { mode: 0o600, flush: true });
    },
    async read(name) {
      try {
        return readFileSync(join(folder, name));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async drop(name) {
      rmSync(join(folder, name), { force: true });
    },
  };
}
