import { LRUCache } from 'lru-cache';
import type { Table } from '../../table/table.ts';
import { type ReadSource, sourcesOfId } from '../append/read-sources.ts';
import { type SourceId, sourceIdsIn, sourceKindOf } from '../facts/source.ts';
import type { FoundRow } from './found-rows.ts';
import type { RowSource, RowSources } from './questions.ts';

/** A day of a busy account has some thousand files. */
const KEPT_SOURCES = 20_000;

/** Says where the records of rows were read. Files are looked up once: what is noted of them never changes. */
export class SourceReader {
  readonly #table: Table;
  readonly #files = new LRUCache<SourceId, readonly RowSource[]>({ max: KEPT_SOURCES });

  constructor(table: Table) {
    this.#table = table;
  }

  /** The sources of each row, in their order: the most trusted first, and of one kind the first by name. */
  async of(rows: readonly FoundRow[]): Promise<RowSources[]> {
    const ids = rows.map(({ set, row }) => sourceIdsIn(set.sourcesOf(row)));
    const found = new Map(
      await Promise.all([...new Set(ids.flat())].map(async (id) => [id, await this.#of(id)] as const)),
    );
    return ids.map((some) => {
      // Ids sort by kind, so that a sort by name within the kinds keeps the most trusted first.
      const [source, ...otherSources] = some
        .flatMap((id) => (found.get(id) ?? []).map((each) => ({ rank: id[0] as string, each })))
        .sort((a, b) => compare(a.rank, b.rank) || compare(a.each.name ?? '', b.each.name ?? ''))
        .map(({ each }) => each);
      return {
        ...(source === undefined ? {} : { source }),
        ...(otherSources.length === 0 ? {} : { otherSources }),
      };
    });
  }

  async #of(id: SourceId): Promise<readonly RowSource[]> {
    const known = this.#files.get(id);
    if (known !== undefined) return known;
    const kind = sourceKindOf(id);
    if (kind === undefined) return [];
    if (id.length === 1) return [{ kind }];
    const files = (await sourcesOfId(this.#table, id)).map(rowSourceOf);
    // A file that is being read is noted at its end.
    if (files.length === 0) return [{ kind }];
    this.#files.set(id, files);
    return files;
  }
}

function rowSourceOf({ kind, name, sha256 }: ReadSource): RowSource {
  return { kind, name, sha256 };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
