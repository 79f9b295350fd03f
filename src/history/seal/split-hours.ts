import { HOUR_MS } from '../../utc-time.ts';
import type { GatheredFacts } from './gathered-facts.ts';

/** A slot that has this many rows is closed to its neighbours; see `DayRoot.slots`. */
export const SLOT_ROWS = 16_384;

/** Whole hours of a day: the first, and the one after the last. */
export interface HourSpan {
  readonly from: number;
  readonly to: number;
}

/** Cuts gathered facts at hours, so that no slot is much larger than `SLOT_ROWS` unless one hour is. */
export function splitHours(gathered: GatheredFacts, dayStartMs: number): HourSpan[] {
  if (gathered.rows < 2 * SLOT_ROWS) return [{ from: gathered.from, to: gathered.to }];
  const rows = new Array<number>(24).fill(0);
  for (const set of [gathered.known, gathered.fresh]) {
    for (let row = 0; row < set.length; row++) {
      const hour = Math.floor(((set.times[row] as number) - dayStartMs) / HOUR_MS);
      const clamped = Math.min(23, Math.max(0, hour));
      rows[clamped] = (rows[clamped] as number) + 1;
    }
  }
  const spans: HourSpan[] = [];
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
