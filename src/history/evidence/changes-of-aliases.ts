import { type Change, subjectsOf } from '../../attribution/changes.ts';
import { subject } from '../../attribution/subjects.ts';
import { type Aliases, aliasKey, aliasNameOf, timelineDifferences } from '../../kms/alias-timeline.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { Table } from '../../table/table.ts';
import { readDays } from '../day/day-state.ts';
import { readDeclaredAliases } from './declared-aliases.ts';
import { readFactsBetween } from './evidence-items.ts';
import { type Evidence, evidenceOfFacts } from './evidence-store.ts';

/** Some times at which an alias means another key than was known. */
export interface AliasChange {
  readonly alias: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** When some aliases mean another key than was known. */
export function changesOfAliases(before: Aliases, after: Aliases, aliases: Iterable<string>): AliasChange[] {
  return [...aliases].flatMap((alias) =>
    timelineDifferences(before.get(alias) ?? [], after.get(alias) ?? []).map((span) => ({ alias, ...span })),
  );
}

/** What such changes change for uses that name an alias, and for jobs whose requests name a key by one. */
export async function changesByAliases(
  table: Table,
  changes: readonly AliasChange[],
  aliases: Aliases,
): Promise<readonly Change[]> {
  if (changes.length === 0) return [];
  const named = changes.map(({ alias, fromMs, toMs }) => ({ subject: subject.alias(alias), fromMs, toMs }));
  const isDeclared = await readDeclaredAliases(table);
  const declared = changes.filter(({ alias }) => isDeclared(alias));
  if (declared.length === 0) return named;
  const days = await readDays(table);
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) return named;
  const facts = await readFactsBetween(table, first.day, last.day);
  return [...named, ...changesOfDeclarers(evidenceOfFacts(facts, aliases, 'of aliases'), declared)];
}

function changesOfDeclarers(evidence: Evidence, changes: readonly AliasChange[]): readonly Change[] {
  const byAlias = Map.groupBy(changes, ({ alias }) => alias);
  const others = evidence.jobs.filter((job) => !declaresOneOf(job, byAlias));
  if (others.length === evidence.jobs.length) return [];
  const { grants, sessions } = evidence;
  return subjectsOf({ jobs: others, grants, sessions }, evidence);
}

function declaresOneOf(job: Job, changes: ReadonlyMap<string, readonly AliasChange[]>): boolean {
  const timeMs = job.created?.timeMs ?? job.started?.timeMs ?? job.ended?.timeMs ?? 0;
  return [...job.volumeKeys, ...job.outputKeys, ...job.dataKeys].some((reference) => {
    const name = aliasNameOf(reference, job.accountId, job.region);
    const ofAlias = name === undefined ? undefined : changes.get(aliasKey(name));
    return ofAlias?.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs) === true;
  });
}
