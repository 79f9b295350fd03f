import type { ChunkRef, Slot } from '../day/day-root.ts';
import type { SealedSlot } from './seal-slot.ts';

/** A slot of the next version of a day: kept as the previous version has it, or made from its facts. */
export type SlotPlan =
  | { readonly kind: 'kept'; readonly slot: Slot }
  | {
      readonly kind: 'made';
      readonly slot: SealedSlot;
      readonly chunks: readonly ChunkRef[];
      /** See `SlotDependencies.asked`. */
      readonly asked: readonly string[];
    };

/** First hour of a slot, and the hour after its last. */
export function hoursOf({ slot }: SlotPlan): [from: number, to: number] {
  return [slot.from, slot.to];
}

/** The chunks of a slot, in order. */
export function chunksOf(plan: SlotPlan): readonly ChunkRef[] {
  return plan.kind === 'kept' ? plan.slot.chunks : plan.chunks;
}
