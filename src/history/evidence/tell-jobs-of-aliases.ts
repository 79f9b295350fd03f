import { type Change, subjectsOf } from '../../attribution/changes.ts';
import { aliasKey, aliasNameOf, isSameTimeline, keyOfAlias } from '../../kms/alias-timeline.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { Table } from '../../table/table.ts';
import { type DayState, readDays } from '../day/day-state.ts';
import { type Aliases, aliasesBeforeAndAfter, readAliases } from './alias-book.ts';
import { withAliasFacts } from './alias-facts.ts';
import { readDeclaredAliases } from './declared-aliases.ts';
import { type Evidence, evidenceOf, raiseEvidenceVersion } from './evidence-book.ts';
import { readAliasFacts, readFactsBetween } from './evidence-items.ts';
import { tellDays } from './tell-days.ts';

/**
 * Makes stale what hangs on the keys that jobs declare by an alias, where a day tells otherwise now which keys those
 * are.
 */
export async function tellJobsOfAliases(table: Table, state: DayState): Promise<void> {
  const isDeclared = await readDeclaredAliases(table);
  const untold = state.untold.filter(({ alias }) => isDeclared(alias));
  if (untold.length === 0) return;
  const told = await aliasesBeforeAndAfter(table, untold, state.day);
  const known = await readAliasFacts(table);
  const before = withAliasFacts(told.before, known.values());
  const after = withAliasFacts(told.after, known.values());
  if (untold.every(({ alias }) => isSameTimeline(before.get(alias) ?? [], after.get(alias) ?? []))) return;
  // Whoever kept evidence kept it with what the aliases meant before.
  await raiseEvidenceVersion(table);
  const days = (await readDays(table)).map(({ day }) => day);
  const facts = await readFactsBetween(table, days[0] ?? state.day, days.at(-1) ?? state.day);
  const evidence = evidenceOf(facts, await readAliases(table), 'of aliases');
  await tellDays(table, changesByAliases(evidence, before, after));
}

/** What changes for the jobs that declare a key by an alias, where that means another key now. */
export function changesByAliases(evidence: Evidence, before: Aliases, after: Aliases): readonly Change[] {
  const others = evidence.jobs.filter((job) => !isDeclaredOtherwise(job, before, after));
  if (others.length === evidence.jobs.length) return [];
  const { grants, sessions } = evidence;
  return subjectsOf({ jobs: others, grants, sessions }, evidence);
}

function isDeclaredOtherwise(job: Job, before: Aliases, after: Aliases): boolean {
  const timeMs = job.created?.timeMs ?? job.started?.timeMs ?? job.ended?.timeMs ?? 0;
  return [...job.volumeKeys, ...job.outputKeys, ...job.dataKeys].some((reference) => {
    const name = aliasNameOf(reference, job.accountId, job.region);
    if (name === undefined) return false;
    const key = aliasKey(name);
    return keyOfAlias(before.get(key) ?? [], timeMs) !== keyOfAlias(after.get(key) ?? [], timeMs);
  });
}
