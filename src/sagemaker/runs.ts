import type { FactSource, ResourceFact } from './job-fact.ts';
import type { ResourceKind } from './resource-kind.ts';
import { kindOfType } from './resource-kinds.ts';

/** One life of a resource, as its facts. */
export interface Run {
  readonly kind: ResourceKind;
  /** In the order of `compareFacts`. */
  readonly facts: readonly ResourceFact[];
  /** The earliest creation time in any fact; absent if no fact has one. */
  readonly firstMs?: number;
  /** When the next run of the same ARN began, if there is one. */
  readonly nextMs?: number;
}

/**
 * The largest difference between two times for one event: CloudTrail has the time at which a request was completed, by
 * the clock of the host that served it; a state change has SageMaker's own. No name is reused within this time.
 */
export const sameMomentMs = 60_000;

/**
 * Splits the facts of each resource into runs by their creation, since a name may be reused after a deletion. A fact
 * without a creation time belongs to the run that was current at its time. Facts of unknown kinds are dropped.
 */
export function runsOf(facts: readonly ResourceFact[]): Run[] {
  const byArn = Map.groupBy(facts, ({ arn }) => arnKey(arn));
  return [...byArn.values()].flatMap(runsOfOne);
}

/** A key for comparing ARNs: SageMaker writes some names in lower case, and no two resources differ only in case. */
export function arnKey(arn: string): string {
  return arn.toLowerCase();
}

function runsOfOne(facts: ResourceFact[]): Run[] {
  facts.sort(compareFacts);
  const kind = kindOfType(facts[0]?.type ?? '');
  if (kind === undefined) {
    return [];
  }
  const starts = startsOf(facts);
  if (starts.length === 0) {
    return [{ kind, facts }];
  }
  const before: ResourceFact[] = [];
  const ofStart = starts.map((): ResourceFact[] => []);
  for (const fact of facts) {
    (ofStart[startOf(fact, starts)] ?? before).push(fact);
  }
  const runs = starts.map(
    (firstMs, index): Run => ({ kind, facts: ofStart[index] ?? [], firstMs, ...next(starts[index + 1]) }),
  );
  return before.length === 0 ? runs : [{ kind, facts: before, ...next(starts[0]) }, ...runs];
}

function next(nextMs: number | undefined): Pick<Run, 'nextMs'> {
  return nextMs === undefined ? {} : { nextMs };
}

/** When each run began, in order. Creation times that are close together are one run. */
function startsOf(facts: readonly ResourceFact[]): number[] {
  const stated = facts.flatMap((fact) => creationMs(fact) ?? []).sort((a, b) => a - b);
  return stated.filter(
    (timeMs, index) => index === 0 || timeMs - (stated[index - 1] ?? timeMs) > sameMomentMs,
  );
}

/** Which of the starts a fact belongs to; -1 before all of them. */
function startOf(fact: ResourceFact, starts: readonly number[]): number {
  const created = creationMs(fact);
  const latest = created ?? (isEnding(fact.toldBy) ? fact.timeMs - 1 : fact.timeMs + sameMomentMs);
  let index = starts.length - 1;
  while (index >= 0 && (starts[index] ?? 0) > latest) index -= 1;
  return index;
}

/** The creation time in a fact. A time after the event that states it is invalid. */
export function creationMs(fact: ResourceFact): number | undefined {
  if (fact.toldBy === 'create' || fact.toldBy === 'service-event') {
    return fact.timeMs;
  }
  return fact.createdMs !== undefined && fact.createdMs <= fact.timeMs + sameMomentMs
    ? fact.createdMs
    : undefined;
}

export function isEnding(toldBy: FactSource): boolean {
  return toldBy === 'stop' || toldBy === 'delete';
}

/** Orders facts by time, and those of one time by their contents. */
function compareFacts(a: ResourceFact, b: ResourceFact): number {
  if (a.timeMs !== b.timeMs) {
    return a.timeMs - b.timeMs;
  }
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
