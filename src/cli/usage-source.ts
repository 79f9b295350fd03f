import { resolve } from 'node:path';
import { namesOfSources, type ReadSource, sourcesOfName } from '../history/append/read-sources.ts';
import { sourceIdOf } from '../history/facts/source.ts';
import type { UsageFilter } from '../history/query/questions.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { isObjectUrl } from '../s3/object-url.ts';
import type { Table } from '../table/table.ts';
import { closestNames } from '../text/closest-names.ts';
import { terminalText } from '../text/terminal-text.ts';

/**
 * What was read of a log file; more than one where its bytes were others each time.
 * @param file its path, whole or from here, or `s3://bucket/key`
 * @throws KeytrailError `not-found` with the nearest names where none was read under that name
 */
export async function sourceAsked(table: Table, file: string): Promise<readonly ReadSource[]> {
  const name = isObjectUrl(file) ? file : resolve(file);
  const found = await sourcesOfName(table, name);
  if (found.length > 0) return found;
  const near = closestNames(name, await namesOfSources(table)).map(terminalText);
  throw new KeytrailError(
    'not-found',
    `No log file ${terminalText(name)} was read into this history${near.length === 0 ? '' : `; the nearest are ${near.join(', ')}`}. \`keytrail usage --format ndjson\` names the file of each row.`,
  );
}

/** A filter that only rows of these files pass: their times leave out most of the history. */
export function ofSource(filter: UsageFilter, files: readonly ReadSource[]): UsageFilter {
  const times = files.flatMap(({ fromMs, toMs }) =>
    fromMs === undefined || toMs === undefined ? [] : [fromMs, toMs + 1],
  );
  const sourceId = files.map(sourceIdOf);
  if (times.length === 0) return { ...filter, sourceId };
  return {
    ...filter,
    sourceId,
    fromMs: Math.max(filter.fromMs ?? Number.NEGATIVE_INFINITY, Math.min(...times)),
    toMs: Math.min(filter.toMs ?? Number.POSITIVE_INFINITY, Math.max(...times)),
  };
}

/** What is known of a file, in one sentence. */
export function sourceNote({ name, sha256, uses, refused }: ReadSource): string {
  const left = refused === 0 ? '' : `; ${refused} parts of it are in quarantine`;
  return `${terminalText(name)}: SHA-256 ${sha256} uncompressed, ${uses} key uses, of which other files may have given some too${left}.`;
}
