import { HOUR_MS, hourMask } from '../../utc-time.ts';
import { endHourOf, SegmentStream } from '../append/segment-stream.ts';
import { readChunks } from '../day/day-reader.ts';
import type { Slot } from '../day/day-root.ts';
import { decodeRows } from '../facts/row-block.ts';
import { RowSet } from '../facts/row-set.ts';
import { addRawFacts } from './raw-facts.ts';
import type { PlanInput } from './seal-plan.ts';
import { type Links, linkMatcher } from './slot-links.ts';

/** A slot that has this many rows is closed to its neighbours; see `DayRoot.slots`. */
export const SLOT_ROWS = 16_384;

/** Facts of one or more hours, gathered and not yet sealed. */
export class Gathered {
  from = 24;
  to = 0;
  readonly known = new RowSet();
  readonly fresh = new RowSet();
  /** Origins of the fresh facts, as runs. */
  readonly origins: { readonly origin: string; readonly end: number }[] = [];

  get rows(): number {
    return this.known.length + this.fresh.length;
  }

  span(from: number, to: number): void {
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, to);
  }
}

/** Facts of other slots that a slot is sealed beside: those the history had, and new ones. */
export interface Visitors {
  readonly known: RowSet;
  readonly fresh: RowSet;
}

/** Reads the facts of a day: of slots that were sealed, and of segments that were not. */
export class FactGatherer {
  readonly #input: PlanInput;

  constructor(input: PlanInput) {
    this.#input = input;
  }

  /** Adds what a sealed slot holds. */
  async addSlot(gathered: Gathered, slot: Slot): Promise<void> {
    const chunks = await readChunks(
      this.#input.source,
      this.#input.state.day,
      slot.chunks.map((chunk) => chunk.name),
    );
    for (const set of chunks.values()) addRawFacts(gathered.known, set);
  }

  /** Adds the segments that begin in an hour; answers the hour after the last that they reach into. */
  async addSegments(gathered: Gathered, segments: SegmentStream, hour: number): Promise<number> {
    let end = hour + 1;
    for (const segment of await segments.take(hour)) {
      gathered.fresh.addFrom(decodeRows(segment.body ?? new Uint8Array()));
      gathered.origins.push({
        origin: String(segment.fields?.['origin'] ?? ''),
        end: gathered.fresh.length,
      });
      end = Math.max(end, endHourOf(segment));
    }
    return end;
  }

  segments(): SegmentStream {
    return new SegmentStream(this.#input.segments, this.#input.state);
  }

  /** Lets every set of facts of some hours be looked through: of slots, and of all segments if asked. */
  async look(hours: number, withSegments: boolean, visit: (set: RowSet) => void): Promise<void> {
    for (const slot of this.#input.previous?.slots ?? []) {
      if ((hours & hourMask(slot.from, slot.to)) === 0) continue;
      const gathered = new Gathered();
      await this.addSlot(gathered, slot);
      visit(gathered.known);
    }
    if (!withSegments) return;
    const segments = this.segments();
    for (let hour = 0; hour < 24; hour++) {
      for (const segment of await segments.take(hour)) {
        visit(decodeRows(segment.body ?? new Uint8Array()));
      }
    }
  }

  /** Every fact of the day that is linked to another slot's. */
  async linked(hours: number, links: Links): Promise<Visitors> {
    const known = new RowSet();
    const fresh = new RowSet();
    const take = (gathered: Gathered) => {
      known.addFrom(gathered.known, 0, gathered.known.length, linkMatcher(gathered.known, links));
      fresh.addFrom(gathered.fresh, 0, gathered.fresh.length, linkMatcher(gathered.fresh, links));
    };
    for (const slot of this.#input.previous?.slots ?? []) {
      const gathered = new Gathered();
      await this.addSlot(gathered, slot);
      take(gathered);
    }
    const segments = this.segments();
    for (let hour = 0; hour < 24; hour++) {
      if ((hours & (1 << hour)) === 0) continue;
      const gathered = new Gathered();
      await this.addSegments(gathered, segments, hour);
      take(gathered);
    }
    return { known, fresh };
  }
}

/** Cuts what was gathered at hours, so that no slot is much larger than it must be. */
export function splitHours(gathered: Gathered, dayStartMs: number): { from: number; to: number }[] {
  if (gathered.rows < 2 * SLOT_ROWS) return [{ from: gathered.from, to: gathered.to }];
  const rows = new Array<number>(24).fill(0);
  for (const set of [gathered.known, gathered.fresh]) {
    for (let row = 0; row < set.length; row++) {
      const hour = Math.floor(((set.times[row] as number) - dayStartMs) / HOUR_MS);
      const clamped = Math.min(23, Math.max(0, hour));
      rows[clamped] = (rows[clamped] as number) + 1;
    }
  }
  const spans: { from: number; to: number }[] = [];
  let from = gathered.from;
  let sum = 0;
  for (let hour = gathered.from; hour < gathered.to; hour++) {
    sum += rows[hour] as number;
    if (sum >= SLOT_ROWS || hour === gathered.to - 1) {
      spans.push({ from, to: hour + 1 });
      from = hour + 1;
      sum = 0;
    }
  }
  return spans;
}
