import { aliasKey, keyOfAlias } from '../../kms/alias-timeline.ts';
import type { KeyArn } from '../../kms/key-use.ts';
import { DAY_MS, dayStart } from '../../utc-time.ts';
import type { OriginCounts } from '../append/append.ts';
import { referenceOf } from '../evidence/learn-aliases.ts';
import { AT, type Profile } from '../facts/fact.ts';
import { unattributedAmong } from '../facts/judgement-text.ts';
import { chunkPk } from '../facts/table-keys.ts';
import { countOrigins } from './count-origins.ts';
import type { DayAliases } from './day-aliases.ts';
import { addBoundaryRows, factsOfSpan } from './facts-of-span.ts';
import type { BoundaryRows, GatheredFacts } from './gathered-facts.ts';
import { judgeRows } from './judge-rows.ts';
import type { ObservedDay } from './observe-day.ts';
import type { PlannedItems } from './planned-items.ts';
import type { PlanInput } from './seal-plan.ts';
import { sealRows } from './seal-rows.ts';
import { sealSlot } from './seal-slot.ts';
import type { SlotPlan } from './slot-plan.ts';
import { type HourSpan, splitHours } from './split-hours.ts';

/** What gathered facts are sealed with, and what takes the results. */
interface SealContext {
  readonly input: PlanInput;
  readonly observed: ObservedDay;
  readonly boundary: BoundaryRows | undefined;
  /** Takes the chunks. */
  readonly items: PlannedItems;
  readonly counts: Map<string, OriginCounts>;
}

interface SealedFacts {
  readonly slots: readonly SlotPlan[];
  readonly unattributed: number;
}

/** Seals gathered facts as one slot, or as several where they are many. */
export async function sealGathered(gathered: GatheredFacts, context: SealContext): Promise<SealedFacts> {
  const slots: SlotPlan[] = [];
  let unattributed = 0;
  for (const span of splitHours(gathered, dayStart(context.input.state.day))) {
    const sealed = await sealSpan(gathered, span, context);
    if (sealed === undefined) continue;
    slots.push(sealed.slot);
    unattributed += sealed.unattributed;
  }
  return { slots, unattributed };
}

/** Undefined where the span has no facts. */
async function sealSpan(
  gathered: GatheredFacts,
  span: HourSpan,
  { input, observed, boundary, items, counts }: SealContext,
): Promise<{ slot: SlotPlan; unattributed: number } | undefined> {
  const { state, aliases, evidence, purpose } = input;
  const dayStartMs = dayStart(state.day);
  const { facts, known, origins, times } = factsOfSpan(gathered, span, dayStartMs);
  const ownRows = facts.length;
  if (ownRows === 0) return undefined;
  const knownBoundary = boundary === undefined ? 0 : addBoundaryRows(facts, boundary, times);
  const sealed = sealRows({
    facts,
    known,
    boundary: ownRows,
    knownBoundary,
    fromMs: Math.max(times.fromMs, dayStartMs),
    toMs: Math.min(times.toMs, dayStartMs + DAY_MS),
    resolve: (profile, timeMs) => keyOfReference(profile, timeMs, aliases),
  });
  countOrigins(sealed, { from: known, to: ownRows, origins }, counts);
  const asked = judgeRows(facts, sealed.visible, evidence, observed.observations);
  const isSeal = purpose === 'seal';
  const unattributed = isSeal ? unattributedAmong(facts, sealed.visible) : 0;
  const slot = sealSlot(sealed, { ...span, dayStartMs, isHashed: isSeal });
  const chunks = slot.chunks.map(({ kind, rows, body }) => ({
    name: items.put(chunkPk(state.day), body),
    rows,
    kind,
  }));
  return { slot: { kind: 'made', slot, chunks, asked }, unattributed };
}

function keyOfReference(profile: Profile, timeMs: number, aliases: DayAliases): KeyArn | undefined {
  const name = referenceOf(profile);
  if (name === undefined) return undefined;
  // The deletion of an alias concerns the key that it meant until then.
  const time = profile[AT.operation] === 'DeleteAlias' ? timeMs - 1 : timeMs;
  return keyOfAlias(aliases.facts(aliasKey(name)), time);
}
