import { hourMask } from '../../utc-time.ts';
import { endHourOf, type SegmentSources, SegmentStream } from '../append/segment-stream.ts';
import type { DayRoot } from '../day/day-root.ts';
import { type DayState, pendingHours } from '../day/day-state.ts';

/**
 * Limits a day to what is sealed at once: its first pending hours, until they have `mostRows`. Hours that a segment or a
 * slot joins stay together, so that the rest can be sealed later as if it had come later.
 * @returns the state with only these hours pending; `state` itself where that is all
 */
export async function partOfDay(
  state: DayState,
  previous: DayRoot | undefined,
  segments: SegmentSources,
  mostRows: number,
): Promise<DayState> {
  const hours = pendingHours(state);
  const slots = (previous?.slots ?? []).filter(({ from, to }) => (hours & hourMask(from, to)) !== 0);
  const stream = new SegmentStream(segments, state);
  let rows = 0;
  let end = 0;
  for (let hour = 0; hour < 23; hour++) {
    for (const slot of slots.filter(({ from }) => from === hour)) {
      rows += slot.facts;
      end = Math.max(end, slot.to);
    }
    for (const segment of await stream.take(hour)) {
      rows += Number(segment.fields?.['rows'] ?? 0);
      end = Math.max(end, endHourOf(segment));
    }
    const taken = hourMask(0, hour + 1);
    if (rows >= mostRows && end <= hour + 1 && (hours & ~taken) !== 0) return partOf(state, taken);
  }
  return state;
}

/** The state with only some hours pending; generations that have none of them are left out. */
function partOf(state: DayState, taken: number): DayState {
  const pending = Object.entries(state.pending)
    .map(([generation, hours]): [string, number] => [generation, hours & taken])
    .filter(([, hours]) => hours !== 0);
  return { ...state, pending: Object.fromEntries(pending), stale: state.stale & taken };
}
