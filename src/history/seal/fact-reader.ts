import { dayStart, hourMask } from '../../utc-time.ts';
import { endHourOf, SegmentStream } from '../append/segment-stream.ts';
import { readChunks } from '../day/day-reader.ts';
import type { Slot } from '../day/day-root.ts';
import { decodeRows } from '../facts/row-block.ts';
import { RowSet } from '../facts/row-set.ts';
import { type BoundaryRows, GatheredFacts } from './gathered-facts.ts';
import { addRawFacts } from './raw-facts.ts';
import type { PlanInput } from './seal-plan.ts';
import { type Links, linkMatcher } from './slot-links.ts';

/** Reads the facts of a day: those of slots that were sealed, and those of segments that were not. */
export class FactReader {
  readonly dayStartMs: number;
  readonly #input: PlanInput;

  constructor(input: PlanInput) {
    this.#input = input;
    this.dayStartMs = dayStart(input.state.day);
  }

  /** Adds the facts of a sealed slot. */
  async addSlot(gathered: GatheredFacts, slot: Slot): Promise<void> {
    const names = slot.chunks.map((chunk) => chunk.name);
    const chunks = await readChunks(this.#input.source, this.#input.state.day, names);
    for (const set of chunks.values()) addRawFacts(gathered.known, set);
  }

  /** Adds the segments that begin in an hour; answers the hour after the last that they reach into. */
  async addSegments(gathered: GatheredFacts, segments: SegmentStream, hour: number): Promise<number> {
    let end = hour + 1;
    for (const segment of await segments.take(hour)) {
      gathered.fresh.addFrom(decodeRows(segment));
      gathered.origins.push({
        origin: String(segment.fields?.['origin'] ?? ''),
        end: gathered.fresh.length,
      });
      end = Math.max(end, endHourOf(segment));
    }
    return end;
  }

  /** The pending segments from the first hour on. */
  segments(): SegmentStream {
    return new SegmentStream(this.#input.segments, this.#input.state);
  }

  /**
   * Calls `visit` with every set of facts of the slots that some hours touch.
   * @param withSegments whether to visit all pending segments too
   */
  async forEachSet(hours: number, withSegments: boolean, visit: (set: RowSet) => void): Promise<void> {
    for (const slot of this.#input.previous?.slots ?? []) {
      if ((hours & hourMask(slot.from, slot.to)) === 0) continue;
      const gathered = new GatheredFacts();
      await this.addSlot(gathered, slot);
      visit(gathered.known);
    }
    if (!withSegments) return;
    const segments = this.segments();
    for (let hour = 0; hour < 24; hour++) {
      for (const segment of await segments.take(hour)) {
        visit(decodeRows(segment));
      }
    }
  }

  /** Every fact of the day that has a linked id; of segments those that begin in some hours. */
  async boundaryRows(hours: number, links: Links): Promise<BoundaryRows> {
    const known = new RowSet();
    const fresh = new RowSet();
    const take = (gathered: GatheredFacts) => {
      known.addFrom(gathered.known, 0, gathered.known.length, linkMatcher(gathered.known, links));
      fresh.addFrom(gathered.fresh, 0, gathered.fresh.length, linkMatcher(gathered.fresh, links));
    };
    for (const slot of this.#input.previous?.slots ?? []) {
      const gathered = new GatheredFacts();
      await this.addSlot(gathered, slot);
      take(gathered);
    }
    const segments = this.segments();
    for (let hour = 0; hour < 24; hour++) {
      if ((hours & (1 << hour)) === 0) continue;
      const gathered = new GatheredFacts();
      await this.addSegments(gathered, segments, hour);
      take(gathered);
    }
    return { known, fresh };
  }
}
