import { JUDGING_RULES } from '../../attribution/attributor.ts';
import { hourMask } from '../../utc-time.ts';
import { assemblePlan } from './assemble-plan.ts';
import { indexEntries } from './day-index.ts';
import { dependentHours } from './dependent-hours.ts';
import { FactReader } from './fact-reader.ts';
import { observeDay } from './observe-day.ts';
import { planSlots } from './plan-slots.ts';
import type { PlanInput, SealPlan } from './seal-plan.ts';
import { findLinks } from './slot-links.ts';

/**
 * Works out the next version of a day from its facts: those of the slots that the pending hours touch, and
 * the new ones. Slots that nothing touches keep their chunks. Reads, and writes nothing, so that it serves
 * sealing and answering questions before the seal alike.
 */
export async function planSeal(asked: PlanInput): Promise<SealPlan> {
  const input = { ...asked, hours: asked.hours | hoursOfOtherRules(asked) };
  const { previous, source } = input;
  const facts = new FactReader(input);
  const observed = await observeDay(input, facts);
  let hours = input.hours | dependentHours(input, observed);
  let planned = await planSlots(input, facts, observed, hours);
  let index = await indexEntries(planned.slots, previous, source);
  const links = findLinks(index);
  if (links !== undefined) {
    // The same event, or two copies of one, lie in different slots: each is sealed again with the other's
    // facts beside its own.
    hours |= links.hours;
    planned = await planSlots(input, facts, observed, hours, await facts.boundaryRows(hours, links));
    index = await indexEntries(planned.slots, previous, source);
  }
  return assemblePlan(input, planned, observed, index);
}

/** A day is judged by one set of rules: by others, its rows teach each other other things. As bits. */
function hoursOfOtherRules({ previous }: PlanInput): number {
  if (previous === undefined || previous.rules === JUDGING_RULES) return 0;
  return previous.slots.reduce((mask, { from, to }) => mask | hourMask(from, to), 0);
}
