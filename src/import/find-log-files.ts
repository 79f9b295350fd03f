import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { inDeliveryOrder, placeReading, readingOf } from '../ingest/log-file-name.ts';
import type { LeftOut } from './left-out.ts';

const NO_FILE =
  'is a pipe, a socket or a device, and no file: save what it gives to a file, and import that.';

export interface FoundFiles {
  readonly files: readonly string[];
  /** Those of them that are read only if they look like log files: they are called otherwise. */
  readonly doubtful: ReadonlySet<string>;
  readonly leftOut: readonly LeftOut[];
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
  const search = new Search();
  for (const path of paths) search.lookAt(path);
  const { files, doubtful, leftOut, unreadable, remarks } = search;
  return { files: inDeliveryOrder(files), doubtful, leftOut, unreadable, remarks };
}

class Search implements FoundFiles {
  readonly #files = new Set<string>();
  readonly doubtful = new Set<string>();
  readonly leftOut: LeftOut[] = [];
  readonly unreadable: string[] = [];
  readonly remarks: string[] = [];
  readonly #visited = new Set<string>();
  /** The whole path of what was named outright. */
  #above = '';

  get files(): string[] {
    return [...this.#files];
  }

  lookAt(path: string): void {
    try {
      const stat = statSync(path);
      if (!stat.isDirectory() && !stat.isFile()) {
        this.unreadable.push(`${path} ${NO_FILE}`);
        return;
      }
      if (!stat.isDirectory()) {
        this.#files.add(path);
        this.doubtful.delete(path);
        return;
      }
      const before = this.#found;
      this.#above = slashed(resolve(path));
      const isNew = !this.#visited.has(identityOf(stat));
      this.#walk(path, stat);
      if (isNew && this.#found === before) {
        this.remarks.push(`${path} has no log files in it (.json, .ndjson, plain or .gz); check the path.`);
      }
    } catch (error) {
      this.unreadable.push(sentenceOf(path, error));
    }
  }

  get #found(): number {
    return this.#files.size + this.unreadable.length + this.leftOut.length;
  }

  #walk(folder: string, stat: Stats): void {
    // A link may lead back to a folder that it lies in.
    if (this.#visited.has(identityOf(stat))) return;
    this.#visited.add(identityOf(stat));
    const why = this.#whyNotIn(folder);
    if (why !== undefined) {
      this.leftOut.push({ source: folder, reason: why });
      return;
    }
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      this.unreadable.push(sentenceOf(folder, error));
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isFile()) this.#file(path);
      else this.#visit(path);
    }
  }

  #whyNotIn(folder: string): string | undefined {
    const reading = placeReading(slashed(resolve(folder)).split('/'));
    const isOfAll = placeReading(this.#above.split('/')) !== undefined;
    return reading?.kind === 'left-out' && !isOfAll ? reading.why : undefined;
  }

  #visit(path: string): void {
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) this.#walk(path, stat);
      else if (stat.isFile()) this.#file(path);
      else this.leftOut.push({ source: path, reason: `It ${NO_FILE}` });
    } catch (error) {
      this.unreadable.push(sentenceOf(path, error));
    }
  }

  #file(path: string): void {
    // The folder was asked about already.
    const reading = readingOf(basename(path));
    switch (reading.kind) {
      case 'if-it-looks-right':
        if (!this.#files.has(path)) this.doubtful.add(path);
        this.#files.add(path);
        return;
      case 'read':
        this.#files.add(path);
        return;
      case 'left-out':
        this.leftOut.push({ source: path, reason: reading.why });
        return;
      default:
        reading satisfies never;
    }
  }
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
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
