import { type DayEvidence, MAX_EVENTS } from '../alert.ts';

interface Seen {
  readonly timeMs: number;
  /** Empty when no event is the evidence. */
  readonly eventId: string;
}

/** Counts uses, and keeps the first ones and the last. The order in which they are added does not matter. */
export class EvidenceTally {
  #count = 0;
  /** The first ones, in order. */
  readonly #first: Seen[] = [];
  #last: Seen | undefined;

  /** @param event its id is read only when the use may be shown; empty when no event is the evidence */
  add(timeMs: number, event: { readonly eventId: string }): void {
    this.#count++;
    const latestKept = this.#first.at(-1);
    const isEarly =
      latestKept === undefined || this.#first.length < MAX_EVENTS || timeMs <= latestKept.timeMs;
    const isLate = this.#last === undefined || timeMs >= this.#last.timeMs;
    if (!isEarly && !isLate) return;
    const seen = { timeMs, eventId: event.eventId };
    this.#last = later(this.#last, seen);
    if (isEarly) this.#keepFirst(seen);
  }

  /**
   * Adds many uses, and reads only the event ids that it may show.
   * @param rows row numbers, as `times` and `use` take them
   * @param use a cursor: its `eventId` is that of `row`
   */
  addRows(
    rows: readonly number[],
    times: Float64Array,
    use: { row: number; readonly eventId: string },
  ): void {
    this.#count += rows.length;
    let last = this.#last;
    let lastMs = last?.timeMs ?? Number.NEGATIVE_INFINITY;
    let lastRow: number | undefined;
    for (const row of rows) {
      const timeMs = times[row] as number;
      if (timeMs > lastMs) {
        lastMs = timeMs;
        lastRow = row;
      } else if (timeMs === lastMs) {
        last = later(lastRow === undefined ? last : seenAt(use, lastRow, timeMs), seenAt(use, row, timeMs));
        lastRow = undefined;
      }
      const latestKept = this.#first.at(-1);
      if (latestKept === undefined || this.#first.length < MAX_EVENTS || timeMs <= latestKept.timeMs)
        this.#keepFirst(seenAt(use, row, timeMs));
    }
    this.#last = lastRow === undefined ? last : seenAt(use, lastRow, lastMs);
  }

  /** Adds what another tally has counted. */
  addAll(other: EvidenceTally): void {
    this.#count += other.#count;
    for (const seen of other.#first) this.#keepFirst(seen);
    if (other.#last !== undefined) this.#last = later(this.#last, other.#last);
  }

  #keepFirst(seen: Seen): void {
    const place = this.#first.findIndex((other) => isBefore(seen, other));
    if (place === -1) this.#first.push(seen);
    else this.#first.splice(place, 0, seen);
    if (this.#first.length > MAX_EVENTS) this.#first.pop();
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The time of the first use, epoch milliseconds; infinity when there is none. */
  get firstMs(): number {
    return this.#first[0]?.timeMs ?? Number.POSITIVE_INFINITY;
  }

  /** Undefined when no use was added. */
  evidence(): DayEvidence | undefined {
    const [first] = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined) return undefined;
    const shown = this.#count <= MAX_EVENTS ? this.#first : [...this.#first.slice(0, MAX_EVENTS - 1), last];
    return {
      count: this.#count,
      firstMs: first.timeMs,
      lastMs: last.timeMs,
      // Both rows of a ReEncrypt have the same event id.
      events: [...new Set(shown.map(({ eventId }) => eventId))].filter((eventId) => eventId !== ''),
    };
  }
}

function seenAt(use: { row: number; readonly eventId: string }, row: number, timeMs: number): Seen {
  use.row = row;
  return { timeMs, eventId: use.eventId };
}

function later(one: Seen | undefined, other: Seen): Seen {
  return one === undefined || isBefore(one, other) ? other : one;
}

function isBefore(a: Seen, b: Seen): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.eventId < b.eventId);
}
