import { segmentPk } from './names.ts';
import type { Item, Table } from './table.ts';

/** Segments read at a time. */
const SEGMENTS_AHEAD = 24;

/** The segments of some generations in the order of their first hour, read as they are needed. */
export class SegmentStream {
  readonly #table: Table;
  readonly #sources: { readonly pk: string; items: Item[]; after: string | undefined }[];

  constructor(table: Table, day: string, generations: readonly number[]) {
    this.#table = table;
    this.#sources = generations.map((generation) => ({
      pk: segmentPk(day, generation),
      items: [],
      after: '',
    }));
  }

  /** The segments that begin in an hour. Hours must be asked for in order. */
  async take(hour: number): Promise<Item[]> {
    const taken: Item[] = [];
    for (const source of this.#sources) {
      for (;;) {
        if (source.items.length === 0) await this.#fill(source);
        const [first] = source.items;
        if (first === undefined || firstHourOf(first) > hour) break;
        source.items.shift();
        taken.push(first);
      }
    }
    return taken;
  }

  async #fill(source: { readonly pk: string; items: Item[]; after: string | undefined }): Promise<void> {
    if (source.after === undefined) return;
    const items = await this.#table.query(source.pk, { from: `${source.after}!`, limit: SEGMENTS_AHEAD });
    source.items = items;
    source.after = items.length < SEGMENTS_AHEAD ? undefined : items.at(-1)?.sk;
  }
}

/** Segments are named by their first hour before all else; see `append.ts`. */
function firstHourOf(segment: Item): number {
  return Number(segment.sk.slice(0, 2));
}
