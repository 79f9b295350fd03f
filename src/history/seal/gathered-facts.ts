import { RowSet } from '../facts/row-set.ts';

/** Facts of one or more hours, gathered from slots and segments to be sealed together. */
export class GatheredFacts {
  /** First hour, and the hour after the last; `from` is greater while there is none. */
  from = 24;
  to = 0;
  /** Facts that the history had before. */
  readonly known = new RowSet();
  /** Facts of segments. */
  readonly fresh = new RowSet();
  /** Who appended the fresh facts, as runs: each ends before row `end`. */
  readonly origins: { readonly origin: string; readonly end: number }[] = [];

  get rows(): number {
    return this.known.length + this.fresh.length;
  }

  addHours(from: number, to: number): void {
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, to);
  }
}

/** Facts of other slots that a slot is sealed beside: those the history had, and new ones. */
export interface BoundaryRows {
  readonly known: RowSet;
  readonly fresh: RowSet;
}
