import { hourMask } from '../../utc-time.ts';
import { readDependencies } from '../day/day-reader.ts';
import { addAliasFacts, type LearnedAliases } from '../evidence/learn-aliases.ts';
import { DayObservations, type SlotDependencies } from '../pages/dependencies.ts';
import type { FactReader } from './fact-reader.ts';
import { type ObservationsByHour, observeRows } from './judge-rows.ts';
import type { PlanInput } from './seal-plan.ts';

/** What the facts of a day teach its rows, gathered before any row is sealed. */
export interface ObservedDay {
  /** What the slots of the previous version depended on. */
  readonly before: readonly SlotDependencies[];
  /** Those of the whole day, by which its rows are judged. */
  readonly observations: DayObservations;
  /** By hour, those of the hours whose facts were read. */
  readonly byHour: ObservationsByHour;
  /** What the facts of those hours say of aliases. */
  readonly aliases: LearnedAliases;
  /** Those hours, as bits. */
  hours: number;
}

/**
 * Gathers what the facts of a whole day teach: of the hours to be sealed from their facts, of the others from what was
 * noted when they were sealed. What a fact teaches does not depend on what becomes of it.
 */
export async function observeDay(input: PlanInput, facts: FactReader): Promise<ObservedDay> {
  const { previous, source, hours } = input;
  const before = previous === undefined ? [] : await readDependencies(source, previous);
  const observations = new DayObservations();
  const observed = { before, observations, byHour: new Map(), aliases: new Map(), hours: 0 };
  for (const slot of before) {
    if ((hours & hourMask(slot.from, slot.to)) === 0) observations.add(slot.observed);
  }
  await observeHours(observed, hours, input, facts);
  for (const ofHour of observed.byHour.values()) observations.add(ofHour.values());
  return observed;
}

/** Gathers what the facts of further hours teach, by hour; `hours` are those of whole slots. */
export async function observeHours(
  observed: ObservedDay,
  hours: number,
  { evidence: { attributor, jobs } }: PlanInput,
  facts: FactReader,
): Promise<void> {
  const missing = hours & ~observed.hours;
  if (missing === 0) return;
  // Segments are looked through once: all of them belong to the hours that are pending, which come first.
  const withSegments = observed.hours === 0;
  observed.hours |= hours;
  const learned: LearnedAliases = new Map();
  await facts.forEachSet(missing, withSegments, (set) => {
    addAliasFacts(set, learned);
    if (jobs.length > 0) observeRows(set, attributor, facts.dayStartMs, observed.byHour);
  });
  for (const [alias, list] of learned) {
    observed.aliases.set(alias, [...(observed.aliases.get(alias) ?? []), ...list]);
  }
}
