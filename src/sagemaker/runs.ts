import type { FactSource, ResourceFact } from './job-fact.ts';
import type { ResourceKind } from './resource-kind.ts';
import { kindOfType } from './resource-kinds.ts';

/** One life of a resource: the facts that are about it. */
export interface Run {
  readonly kind: ResourceKind;
  /** In the order of `compareFacts`. */
  readonly facts: readonly ResourceFact[];
  /** The first that any fact has of its creation; absent where none tells of it. */
  readonly firstMs?: number;
  /** When the next run of the same ARN began, where there is one. */
  readonly nextMs?: number;
}

/**
 * How far two tellings of one moment lie apart: CloudTrail has the time a request was completed, by the clock of
 * the host that served it, a state change SageMaker's own. A name is not free again within so short a time.
 */
export const sameMomentMs = 60_000;

/**
 * The runs of each resource, since a name may be used again after a deletion: told apart by their creation. A fact
 * that does not tell of it is of the run that was current at its time. Facts of kinds that the table does not have
 * are of none.
 */
export function runsOf(facts: readonly ResourceFact[]): Run[] {
  const byArn = Map.groupBy(facts, ({ arn }) => arnKey(arn));
  return [...byArn.values()].flatMap(runsOfOne);
}

/** SageMaker writes some names in lower case in ARNs, and no two resources differ in that alone. */
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

/** When each run began, in order: tellings of a creation that lie together are of one. */
function startsOf(facts: readonly ResourceFact[]): number[] {
  const told = facts.flatMap((fact) => creationMs(fact) ?? []).sort((a, b) => a - b);
  return told.filter((timeMs, index) => index === 0 || timeMs - (told[index - 1] ?? timeMs) > sameMomentMs);
}

/** Which of the starts a fact belongs to; -1 before all of them. */
function startOf(fact: ResourceFact, starts: readonly number[]): number {
  const created = creationMs(fact);
  const latest = created ?? (isEnding(fact.toldBy) ? fact.timeMs - 1 : fact.timeMs + sameMomentMs);
  let index = starts.length - 1;
  while (index >= 0 && (starts[index] ?? 0) > latest) index -= 1;
  return index;
}

/** What a fact tells of the creation of its run. None is created later than something tells of it. */
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

/** By time; facts of one time in an order that depends on what they say alone. */
function compareFacts(a: ResourceFact, b: ResourceFact): number {
  if (a.timeMs !== b.timeMs) {
    return a.timeMs - b.timeMs;
  }
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
