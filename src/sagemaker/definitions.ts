import type { EndpointConfigFact, ModelFact } from './job-fact.ts';
import { sameMomentMs } from './runs.ts';

type DefinitionFact = ModelFact | EndpointConfigFact;

/** Models, or endpoint configurations, by name. Several may have had one name, one after another. */
export class Definitions<Fact extends DefinitionFact> {
  readonly #byName: ReadonlyMap<string, Fact[]>;

  constructor(facts: readonly Fact[]) {
    this.#byName = Map.groupBy(facts, ({ region, name }) => nameKey(region, name));
    for (const ofName of this.#byName.values()) ofName.sort(compareDefinitions);
  }

  /**
   * The facts about the one that had the name at a time. If only later facts exist, it is assumed to have existed
   * already, unless its creation is among them.
   */
  currentAt(region: string, name: string, timeMs: number): readonly Fact[] {
    const facts = this.#byName.get(nameKey(region, name)) ?? [];
    const known = facts.filter((fact) => fact.isDeleted !== true);
    const latestMs = timeMs + sameMomentMs;
    const newest =
      known.findLast((fact) => createdMs(fact) <= latestMs) ??
      known.find((fact) => fact.createdMs === undefined);
    if (newest === undefined) {
      return [];
    }
    const newestMs = createdMs(newest);
    const isGone = facts.some(
      (fact) => fact.isDeleted === true && fact.timeMs > newestMs && fact.timeMs < timeMs - sameMomentMs,
    );
    return isGone ? [] : known.filter((fact) => Math.abs(createdMs(fact) - newestMs) <= sameMomentMs);
  }
}

function nameKey(region: string, name: string): string {
  return `${region}/${name.toLowerCase()}`;
}

/** The creation, or the time of a fact without one, when the definition existed. */
function createdMs(fact: DefinitionFact): number {
  return fact.createdMs ?? fact.timeMs;
}

function compareDefinitions(a: DefinitionFact, b: DefinitionFact): number {
  const byTime = createdMs(a) - createdMs(b) || a.timeMs - b.timeMs;
  if (byTime !== 0) {
    return byTime;
  }
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
