import { counterEvidenceOf } from '../../attribution/counter-evidence.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { familyOf } from '../principal-family.ts';
import type { UseContext } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { isUseByAws } from './aws-principal.ts';
import { EvidenceTally } from './evidence-tally.ts';
import type { FirstSeen, Surprise } from './first-seen.ts';
import type { FirstSeenIndex } from './first-seen-index.ts';
import { type Pair, subjectOfPair } from './pair.ts';

type Jobs = Pick<UseContext, 'job' | 'declaredKeys'>;

/** The first use of a pair on a day; undefined when no use counts as seen. */
export function firstSeenOf({ keyName, principalId, sample }: Pair, jobs: Jobs): FirstSeen | undefined {
  if (sample === undefined) return undefined;
  const { eventTimeMs, eventId } = sample;
  const family = familyOf(sample.principal) ?? principalId;
  return { keyName, principalId, family, firstMs: eventTimeMs, eventId, surprise: surpriseOf(sample, jobs) };
}

/** Whether a first use is one to ask about, as far as the join says. */
export function surpriseOf(use: InspectedUse, jobs: Jobs): Surprise {
  if (isUseByAws(use)) return 'no';
  const { joinedTo, keyArn, principal } = use;
  if (joinedTo === undefined) {
    const mayBeJob = principal.type === 'role' && counterEvidenceOf({ ...use, principal }) === undefined;
    return mayBeJob ? 'open' : 'yes';
  }
  const isExplained = joinedTo.jobs.some(({ arn, createdMs }) => {
    const run = jobs.job(arn, createdMs);
    if (run === undefined) return false;
    const declared = jobs.declaredKeys(run);
    // While an alias cannot be resolved, any key may be declared.
    return declared === undefined || (keyArn !== undefined && declared.includes(keyArn));
  });
  return isExplained ? 'no' : 'yes';
}

/** What a family of newcomers did with a key on one day. */
export interface NewcomersOnKey {
  readonly first: FirstSeen;
  readonly pair: Pair;
  readonly tally: EvidenceTally;
}

/** Finds the families that are new on the keys of a day. @param pairs those of the day */
export function findNewcomers(
  pairs: readonly Pair[],
  day: string,
  seen: FirstSeenIndex,
  expectations: ExpectationJudge,
): NewcomersOnKey[] {
  const found = new Map<string, NewcomersOnKey>();
  for (const pair of pairs) {
    const { keyName, keyArn, keyRef, sample, principalId } = pair;
    if (sample === undefined) continue;
    const family = familyOf(sample.principal) ?? principalId;
    const newcomers = seen.newcomers(keyName);
    const first = newcomers.newcomerOf(family);
    if (first === undefined || !newcomers.isFoundOn(day, first)) continue;
    if (expectations.namesKey(keyArn, keyRef, first.firstMs)) continue;
    const name = `${keyName}\n${family}`;
    const known = found.get(name) ?? { first, pair, tally: new EvidenceTally() };
    found.set(name, known);
    known.tally.addAll(pair.seen);
  }
  return [...found.values()];
}

/** The subject of an alert about newcomers. */
export function subjectOfNewcomers({
  first,
  pair,
}: {
  readonly first: FirstSeen;
  readonly pair: Pick<Pair, 'keyName'>;
}): Subject {
  const { keyName } = pair;
  const { principalId, family } = first;
  return { ...subjectOfPair({ keyName, principalId }), family };
}
