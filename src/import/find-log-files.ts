import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { DIGESTS, inDeliveryOrder, isLogFileName } from '../ingest/log-file-name.ts';

export interface FoundFiles {
  readonly files: readonly string[];
  /** One sentence for each path that could not be read. */
  readonly unreadable: readonly string[];
  /** One sentence for each path that was read and has nothing in it to import. */
  readonly remarks: readonly string[];
}

/**
 * The log files at some paths, in the order of their delivery, so that rows of one day come together. A file
 * named outright is read whatever it is called. Links are followed, and no folder is looked into twice.
 */
export function findLogFiles(paths: readonly string[]): FoundFiles {
  const files = new Set<string>();
  const unreadable: string[] = [];
  const remarks: string[] = [];
  const visited = new Set<string>();
  const walk = (folder: string, stat: Stats) => {
    // A link may lead back to a folder that it lies in.
    const identity = `${stat.dev}:${stat.ino}`;
    if (visited.has(identity)) return;
    visited.add(identity);
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      unreadable.push(sentenceOf(folder, error));
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      const mayBeFolder = entry.isDirectory() && entry.name !== DIGESTS;
      if (entry.isSymbolicLink() || mayBeFolder) visit(path, entry.name);
      else if (entry.isFile() && isLogFileName(entry.name)) files.add(path);
    }
  };
  const visit = (path: string, name: string) => {
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) {
        if (name !== DIGESTS) walk(path, stat);
      } else if (stat.isFile() && isLogFileName(name)) files.add(path);
    } catch (error) {
      unreadable.push(sentenceOf(path, error));
    }
  };
  for (const path of paths) {
    try {
      const stat = statSync(path);
      if (!stat.isDirectory()) {
        files.add(path);
        continue;
      }
      const before = files.size + unreadable.length;
      const isNew = !visited.has(`${stat.dev}:${stat.ino}`);
      walk(path, stat);
      if (isNew && files.size + unreadable.length === before) {
        remarks.push(`${path} has no log files in it (.json, .ndjson, plain or .gz); check the path.`);
      }
    } catch (error) {
      unreadable.push(sentenceOf(path, error));
    }
  }
  return { files: inDeliveryOrder(files), unreadable, remarks };
}

/** What is wrong with a path, and what to do. */
export function sentenceOf(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return `${path} does not exist; check the path.`;
  if (code === 'ELOOP') return `${path} is a link that leads in a circle; mend it or leave it out.`;
  if (code === 'EACCES' || code === 'EPERM') {
    return `${path} may not be read; ask for permission to read it, or leave it out.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `${path} cannot be read (${message}); mend it or leave it out.`;
}
