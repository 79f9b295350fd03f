import { type Change, subjectsOf } from '../../attribution/changes.ts';
import type { AliasFact } from '../../kms/alias-timeline.ts';
import {
  aliasKey,
  aliasNameOf,
  compareAliasFacts,
  isSameTimeline,
  keyOfAlias,
} from '../../kms/alias-timeline.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { Table } from '../../table/table.ts';
import { type AliasChange, type DayState, readDays } from '../day/day-state.ts';
import { withAliasFacts } from './alias-facts.ts';
import { type Aliases, aliasPlaceOf, type PlaceDay, readAliases, readPlaces } from './alias-items.ts';
import { readDeclaredAliases } from './declared-aliases.ts';
import { readAliasFacts, readFactsBetween } from './evidence-items.ts';
import { type Evidence, evidenceOfFacts, raiseEvidenceVersion } from './evidence-store.ts';
import { invalidateDays } from './invalidate-days.ts';

/**
 * Makes stale what depends on the keys that jobs declare by an alias, where the changes of a day give such an alias
 * another meaning.
 */
export async function invalidateDaysOfJobs(table: Table, state: DayState): Promise<void> {
  const isDeclared = await readDeclaredAliases(table);
  const changes = state.pendingInvalidations.filter(({ alias }) => isDeclared(alias));
  if (changes.length === 0) return;
  const learned = await aliasesBeforeAndAfter(table, changes, state.day);
  const known = await readAliasFacts(table);
  const before = withAliasFacts(learned.before, known.values());
  const after = withAliasFacts(learned.after, known.values());
  if (changes.every(({ alias }) => isSameTimeline(before.get(alias) ?? [], after.get(alias) ?? []))) return;
  // Evidence that processes keep in memory has the aliases' old meaning.
  await raiseEvidenceVersion(table);
  const days = (await readDays(table)).map(({ day }) => day);
  const facts = await readFactsBetween(table, days[0] ?? state.day, days.at(-1) ?? state.day);
  const evidence = evidenceOfFacts(facts, await readAliases(table), 'of aliases');
  await invalidateDays(table, changesByAliases(evidence, before, after));
}

/** What the days say of changed aliases, before the change of a day and after it. */
async function aliasesBeforeAndAfter(
  table: Table,
  changes: readonly AliasChange[],
  day: string,
): Promise<{ readonly before: Aliases; readonly after: Aliases }> {
  const places = [...new Set(changes.map(({ alias }) => aliasPlaceOf(alias)))];
  const days = await readPlaces(table, places);
  const before = new Map<string, readonly AliasFact[]>();
  const after = new Map<string, readonly AliasFact[]>();
  for (const { alias, before: ownBefore } of changes) {
    // Several seals may have changed one alias: the first change says what it was.
    if (before.has(alias)) continue;
    const factsIn = (some: readonly PlaceDay[]) => some.flatMap(({ facts }) => facts[alias] ?? []);
    const others = factsIn(days.filter((other) => other.day !== day));
    before.set(alias, [...others, ...ownBefore].sort(compareAliasFacts));
    after.set(alias, factsIn(days).sort(compareAliasFacts));
  }
  return { before, after };
}

/** What changes for the jobs that declare a key by an alias which means another key now. */
export function changesByAliases(evidence: Evidence, before: Aliases, after: Aliases): readonly Change[] {
  const others = evidence.jobs.filter((job) => !declaresOtherKey(job, before, after));
  if (others.length === evidence.jobs.length) return [];
  const { grants, sessions } = evidence;
  return subjectsOf({ jobs: others, grants, sessions }, evidence);
}

function declaresOtherKey(job: Job, before: Aliases, after: Aliases): boolean {
  const timeMs = job.created?.timeMs ?? job.started?.timeMs ?? job.ended?.timeMs ?? 0;
  return [...job.volumeKeys, ...job.outputKeys, ...job.dataKeys].some((reference) => {
    const name = aliasNameOf(reference, job.accountId, job.region);
    if (name === undefined) return false;
    const key = aliasKey(name);
    return keyOfAlias(before.get(key) ?? [], timeMs) !== keyOfAlias(after.get(key) ?? [], timeMs);
  });
}
