import { subjectsOf } from '../attribution/changes.ts';
import { aliasKey, aliasNameOf, isSameTimeline, keyOfAlias } from '../kms/alias-timeline.ts';
import type { Job } from '../sagemaker/job.ts';
import { type Aliases, aliasesBeforeAndAfter } from './alias-book.ts';
import { type DayState, readDays } from './day-state.ts';
import { readDeclaredAliases } from './declared-aliases.ts';
import { evidenceBetween, raiseEvidenceVersion } from './evidence-book.ts';
import type { Table } from './table.ts';
import { tellDays } from './tell-days.ts';

/**
 * Makes stale what hangs on the keys that jobs declare by an alias, where a day tells otherwise now which keys those
 * are.
 */
export async function tellJobsOfAliases(table: Table, state: DayState): Promise<void> {
  const isDeclared = await readDeclaredAliases(table);
  const untold = state.untold.filter(({ alias }) => isDeclared(alias));
  if (untold.length === 0) return;
  const { before, after } = await aliasesBeforeAndAfter(table, untold, state.day);
  if ([...after.keys()].every((alias) => isSameTimeline(before.get(alias) ?? [], after.get(alias) ?? [])))
    return;
  // Whoever kept evidence kept it with what the aliases meant before.
  await raiseEvidenceVersion(table);
  const days = (await readDays(table)).map(({ day }) => day);
  const evidence = await evidenceBetween(table, days[0] ?? state.day, days.at(-1) ?? state.day);
  const jobs = evidence.jobs.filter((job) => isDeclaredOtherwise(job, before, after));
  const without = { ...evidence, jobs: evidence.jobs.filter((job) => !jobs.includes(job)) };
  await tellDays(table, subjectsOf(without, evidence));
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
