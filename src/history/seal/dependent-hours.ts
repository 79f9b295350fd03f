import { isRoleKeySubject } from '../../attribution/subjects.ts';
import { timelineDifferences } from '../../kms/alias-timeline.ts';
import { dayStart, HOUR_MS, hourMask } from '../../utc-time.ts';
import type { Slot } from '../day/day-root.ts';
import { DayObservations, type SlotDependencies } from '../pages/dependencies.ts';
import { aliasFactsOf } from './day-aliases.ts';
import type { ObservedDay } from './observe-day.ts';
import type { PlanInput } from './seal-plan.ts';

/**
 * The hours of slots that have no new facts and must be sealed again all the same: their judgements or their aliases
 * depend on something that the day's facts now say otherwise. As bits.
 */
export function dependentHours(input: PlanInput, observed: ObservedDay): number {
  const slots = [...slotsOfChangedObservations(input, observed), ...slotsOfChangedAliases(input, observed)];
  return slots.reduce((mask, { from, to }) => mask | hourMask(from, to), 0);
}

function slotsOfChangedObservations(
  { state, hours, evidence: { attributor } }: PlanInput,
  { before, observations }: ObservedDay,
): readonly SlotDependencies[] {
  const old = new DayObservations();
  for (const { observed } of before) old.add(observed);
  const changed = observations.differencesTo(old);
  const startMs = dayStart(state.day);
  return before.filter(({ from, to, asked }) => {
    if ((hours & hourMask(from, to)) !== 0) return false;
    const [fromMs, toMs] = [startMs + from * HOUR_MS, startMs + to * HOUR_MS];
    return asked.some((subject) => {
      const jobs = changed.get(subject);
      if (jobs === undefined) return false;
      // Who uses a key matters only for jobs that may have been alive in the slot.
      return (
        !isRoleKeySubject(subject) || [...jobs].some((jobId) => attributor.mayBeAlive(jobId, fromMs, toMs))
      );
    });
  });
}

/** Sets what the day's records say of aliases now; answers the kept slots that name an alias of another meaning. */
function slotsOfChangedAliases(
  { aliases, previous, hours }: PlanInput,
  observed: ObservedDay,
): readonly Slot[] {
  const slots = previous?.slots ?? [];
  const kept = slots.filter(({ from, to }) => (hours & hourMask(from, to)) === 0);
  const now = new Map(aliasFactsOf(kept));
  for (const [alias, facts] of observed.aliases) now.set(alias, [...(now.get(alias) ?? []), ...facts]);
  const references = new Set(kept.flatMap((slot) => slot.references));
  aliases.learn(aliasFactsOf(slots));
  const before = new Map([...references].map((alias) => [alias, aliases.facts(alias)]));
  aliases.learn(now);
  const changed = new Set(
    [...before]
      .filter(([alias, facts]) => timelineDifferences(facts, aliases.facts(alias)).length > 0)
      .map(([alias]) => alias),
  );
  return kept.filter((slot) => slot.references.some((alias) => changed.has(alias)));
}
