/** Something that is live from `fromMs` until before `toMs`. */
export interface LiveSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The most list entries that all cached answers may have together. */
const keptEntries = 200_000;

/**
 * Finds which of many spans are live at a time, in the order in which they were given. The answer is the same between
 * two neighbouring bounds, so it is computed once for each such stretch, from an interval tree, and cached while there
 * is room.
 */
export class LiveIndex<Item extends LiveSpan> {
  readonly #items: readonly Item[];
  readonly #order: readonly number[];
  readonly #latestEnds: Float64Array;
  readonly #bounds: Float64Array;
  readonly #kept = new Map<number, readonly Item[]>();
  #entries = 0;

  constructor(items: readonly Item[]) {
    this.#items = items;
    this.#order = items.map((_, index) => index).sort((a, b) => this.#at(a).fromMs - this.#at(b).fromMs);
    this.#latestEnds = new Float64Array(items.length);
    this.#noteEnds(0, items.length);
    this.#bounds = Float64Array.from(new Set(items.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))).sort();
  }

  liveAt(timeMs: number): readonly Item[] {
    const stretch = this.#stretchOf(timeMs);
    const kept = this.#kept.get(stretch);
    if (kept !== undefined) {
      return kept;
    }
    const found: number[] = [];
    this.#collect(0, this.#order.length, timeMs, found);
    const live = found.sort((a, b) => a - b).map((index) => this.#at(index));
    if (this.#entries + live.length > keptEntries) {
      this.#kept.clear();
      this.#entries = 0;
    }
    this.#kept.set(stretch, live);
    this.#entries += live.length + 1;
    return live;
  }

  #at(index: number): Item {
    return this.#items[index] as Item;
  }

  /** Stores at the middle of every half, quarter and so on of the order the latest end within it. */
  #noteEnds(from: number, to: number): number {
    if (from >= to) {
      return Number.NEGATIVE_INFINITY;
    }
    const middle = (from + to) >>> 1;
    const latest = Math.max(
      this.#at(this.#order[middle] as number).toMs,
      this.#noteEnds(from, middle),
      this.#noteEnds(middle + 1, to),
    );
    this.#latestEnds[middle] = latest;
    return latest;
  }

  #collect(from: number, to: number, timeMs: number, found: number[]): void {
    if (from >= to) {
      return;
    }
    const middle = (from + to) >>> 1;
    if ((this.#latestEnds[middle] as number) <= timeMs) {
      return;
    }
    this.#collect(from, middle, timeMs, found);
    const index = this.#order[middle] as number;
    const span = this.#at(index);
    if (span.fromMs > timeMs) {
      return;
    }
    if (span.toMs > timeMs) {
      found.push(index);
    }
    this.#collect(middle + 1, to, timeMs, found);
  }

  /** The number of bounds at or before the time. */
  #stretchOf(timeMs: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[middle] as number) <= timeMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
