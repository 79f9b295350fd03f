import { hourMask } from '../../utc-time.ts';
import type { OriginCounts } from '../append/append.ts';
import type { FactReader } from './fact-reader.ts';
import { type BoundaryRows, GatheredFacts } from './gathered-facts.ts';
import { type ObservedDay, observeHours } from './observe-day.ts';
import { PlannedItems } from './planned-items.ts';
import { sealGathered } from './seal-gathered.ts';
import type { PlanInput } from './seal-plan.ts';
import type { SlotPlan } from './slot-plan.ts';
import { SLOT_ROWS } from './split-hours.ts';

/** The slots of the next version of a day, with what was counted on the way. */
export interface PlannedSlots {
  readonly slots: readonly SlotPlan[];
  /** Holds the chunks of the slots that were made. */
  readonly items: PlannedItems;
  /** By origin. */
  readonly counts: Map<string, OriginCounts>;
  /** Rows of the made slots that are given no one job; counted for a seal only. */
  readonly unattributed: number;
}

/**
 * Goes through a day hour by hour and makes slots of the facts of the hours to be sealed. Neighbouring slots that get
 * new facts are joined until they have `SLOT_ROWS`; all others stay apart.
 * @param hours to be sealed, as bits
 */
export async function planSlots(
  input: PlanInput,
  facts: FactReader,
  observed: ObservedDay,
  hours: number,
  boundary?: BoundaryRows,
): Promise<PlannedSlots> {
  // The dependencies of each slot are written slot by slot: of hours that join in now they are not known so.
  await observeHours(observed, hours, input, facts);
  const { previous, state } = input;
  const items = new PlannedItems(state.day, state.sealVersion + 1, previous);
  const counts = new Map<string, OriginCounts>();
  const slots: SlotPlan[] = [];
  let unattributed = 0;
  let gathered = new GatheredFacts();
  const flush = async () => {
    if (gathered.to > gathered.from) {
      const sealed = await sealGathered(gathered, { input, observed, boundary, items, counts });
      slots.push(...sealed.slots);
      unattributed += sealed.unattributed;
    }
    gathered = new GatheredFacts();
  };
  const segments = facts.segments();
  const freshHours = Object.values(state.pending).reduce((mask, some) => mask | some, 0);
  // Segments may have several hours: nothing is sealed before the facts of all hours that one reaches are gathered.
  let reach = 0;
  for (let hour = 0; hour < 24; ) {
    const slot = previous?.slots.find((candidate) => candidate.from <= hour && hour < candidate.to);
    const end = slot?.to ?? hour + 1;
    const span = hourMask(hour, end);
    if (slot !== undefined && (hours & span) === 0) {
      await flush();
      slots.push({ kind: 'kept', slot });
    } else if (slot !== undefined && (freshHours & span) === 0) {
      // Judged again, by itself: where its rows turn out as they were, so do its chunks.
      await flush();
      await facts.addSlot(gathered, slot);
      gathered.addHours(hour, end);
      await flush();
    } else if ((hours & span) !== 0) {
      if (slot !== undefined) await facts.addSlot(gathered, slot);
      for (let h = hour; h < end; h++)
        reach = Math.max(reach, await facts.addSegments(gathered, segments, h));
      gathered.addHours(hour, end);
      if (gathered.rows >= SLOT_ROWS && end >= reach) await flush();
    }
    hour = end;
  }
  await flush();
  return { slots, items, counts, unattributed };
}
