import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface FoundFiles {
  readonly files: readonly string[];
  /** One sentence for each path that could not be read. */
  readonly unreadable: readonly string[];
}

const LOG_FILE = /\.(json|ndjson|jsonl)(\.gz)?$/;
/** CloudTrail's own proofs of its logs lie beside them and hold no records. */
const DIGESTS = 'CloudTrail-Digest';
/** The delivery time in the name of a log file: CloudTrail User Guide, "Log file name format". */
const DELIVERY_TIME = /_(\d{8}T\d{4}Z)/;

/**
 * The log files at some paths, in the order of their delivery, so that rows of one day come together. A file
 * named outright is read whatever it is called.
 */
export function findLogFiles(paths: readonly string[]): FoundFiles {
  const files = new Set<string>();
  const unreadable: string[] = [];
  const walk = (folder: string) => {
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      unreadable.push(sentenceOf(folder, error));
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) visitLink(path);
      else if (entry.isDirectory()) {
        if (entry.name !== DIGESTS) walk(path);
      } else if (entry.isFile() && LOG_FILE.test(entry.name)) files.add(path);
    }
  };
  // A link to a file is that file; a link to a folder may lead in a circle and is left alone.
  const visitLink = (path: string) => {
    try {
      if (statSync(path).isFile() && LOG_FILE.test(path)) files.add(path);
    } catch (error) {
      unreadable.push(sentenceOf(path, error));
    }
  };
  for (const path of paths) {
    try {
      if (statSync(path).isDirectory()) walk(path);
      else files.add(path);
    } catch (error) {
      unreadable.push(sentenceOf(path, error));
    }
  }
  return { files: [...files].sort(byDelivery), unreadable };
}

function byDelivery(a: string, b: string): number {
  const left = deliveryOf(a);
  const right = deliveryOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function deliveryOf(path: string): string {
  const name = basename(path);
  return `${DELIVERY_TIME.exec(name)?.[1] ?? ''}${path}`;
}

/** What is wrong with a path, and what to do. */
export function sentenceOf(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `${path} does not exist; check the path.`;
  if (code === 'EACCES' || code === 'EPERM') {
    return `${path} may not be read; ask for permission to read it, or leave it out.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `${path} cannot be read (${message}); mend it or leave it out.`;
}
