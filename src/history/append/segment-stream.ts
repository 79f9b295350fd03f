import type { Item, Table } from '../../table/table.ts';
import { hourMask } from '../../utc-time.ts';
import type { DayState } from '../day/day-state.ts';
import { shardPks } from './write-shards.ts';

/** Segments read ahead, of all shards together, and the least of each shard. */
const SEGMENTS_AHEAD = 24;
const LEAST_AHEAD = 2;
/** Bytes of segments that are kept for a second pass, of all shards together. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** What one shard of several may have in memory. */
interface Share {
  readonly ahead: number;
  readonly keptBytes: number;
}

/** The segments of one shard of a generation from their first hour on, as far as they have been read. */
class SegmentSource {
  readonly #table: Table;
  readonly #pk: string;
  readonly #share: Share;
  readonly generation: number;
  /** From the first on, as many as may be kept. */
  readonly kept: Item[];
  #keptBytes = 0;

  readonly #isWhole: boolean;

  /** @param whole all segments of the shard, if they have been read already */
  constructor(table: Table, generation: number, pk: string, share: Share, whole?: readonly Item[]) {
    this.#table = table;
    this.#pk = pk;
    this.#share = share;
    this.#isWhole = whole !== undefined;
    this.kept = [...(whole ?? [])];
    this.generation = generation;
  }

  /** The next few after a name; none at the end. */
  async after(name: string, place: number): Promise<readonly Item[]> {
    const { ahead, keptBytes } = this.#share;
    const known = this.kept.slice(place, place + ahead);
    if (known.length > 0 || this.#isWhole) return known;
    const items = await this.#table.query(this.#pk, { from: `${name}!`, limit: ahead });
    const bytes = items.reduce((sum, item) => sum + (item.body?.length ?? 0), 0);
    if (place === this.kept.length && this.#keptBytes + bytes <= keptBytes) {
      this.#keptBytes += bytes;
      this.kept.push(...items);
    }
    return items;
  }
}

/** The segments of some generations of a day, for more than one pass over them. */
export class SegmentSources {
  readonly all: readonly SegmentSource[];

  /** @param read by partition key, the segments that have been read already */
  constructor(table: Table, state: DayState, read?: ReadonlyMap<string, readonly Item[]>) {
    const shards = Object.keys(state.pending)
      .map(Number)
      .flatMap((generation) => shardPks(state, generation).map((pk) => ({ generation, pk })));
    const share = {
      ahead: Math.max(LEAST_AHEAD, Math.floor(SEGMENTS_AHEAD / shards.length)),
      keptBytes: KEPT_BYTES / shards.length,
    };
    this.all = shards.map(
      ({ generation, pk }) => new SegmentSource(table, generation, pk, share, read?.get(pk)),
    );
  }
}

/**
 * The pending segments in the order of their first hour, read as they are needed. A segment with an hour that is not
 * pending is left out: that hour was sealed before, or is to be sealed later.
 */
export class SegmentStream {
  readonly #cursors: {
    readonly source: SegmentSource;
    ahead: Item[];
    place: number;
    last: string;
    isAtEnd: boolean;
  }[];
  readonly #pending: DayState['pending'];

  constructor(sources: SegmentSources, { pending }: DayState) {
    this.#pending = pending;
    this.#cursors = sources.all.map((source) => ({
      source,
      ahead: [],
      place: 0,
      last: '',
      isAtEnd: false,
    }));
  }

  /** The segments that begin in an hour. Hours must be asked for in order. */
  async take(hour: number): Promise<Item[]> {
    const taken: Item[] = [];
    for (const cursor of this.#cursors) {
      for (;;) {
        if (cursor.ahead.length === 0 && !cursor.isAtEnd) {
          cursor.ahead = [...(await cursor.source.after(cursor.last, cursor.place))];
          cursor.place += cursor.ahead.length;
          cursor.last = cursor.ahead.at(-1)?.sk ?? cursor.last;
          cursor.isAtEnd = cursor.ahead.length === 0;
        }
        const [first] = cursor.ahead;
        if (first === undefined || firstHourOf(first) > hour) break;
        cursor.ahead.shift();
        const pending = this.#pending[cursor.source.generation] ?? 0;
        if ((hoursOf(first) & ~pending) === 0) taken.push(first);
      }
    }
    return taken;
  }
}

/** Segments are named by their first hour before all else; see `append.ts`. */
function firstHourOf(segment: Item): number {
  return Number(segment.sk.slice(0, 2));
}

function hoursOf(segment: Item): number {
  return hourMask(firstHourOf(segment), endHourOf(segment));
}

/** The hour after the last that it has facts of. */
export function endHourOf({ fields }: Item): number {
  return Number(fields?.['to'] ?? 24);
}
