import { type AliasFact, aliasKey, compactAliasFacts, compareAliasFacts } from '../../kms/alias-timeline.ts';
import type { AliasOfKeyFact, JobFact } from '../../sagemaker/job-fact.ts';
import type { Table } from '../../table/table.ts';
import type { RowSet } from '../facts/row-set.ts';
import { type Aliases, readAliases } from './alias-items.ts';
import { readAliasFacts } from './evidence-items.ts';
import { addAliasFacts, type LearnedAliases } from './learn-aliases.ts';

/** What sets of raw facts say of aliases, as job facts. */
export function aliasFactsOfSets(sets: Iterable<RowSet>): AliasOfKeyFact[] {
  const learned: LearnedAliases = new Map();
  for (const set of sets) addAliasFacts(set, learned);
  return [...learned].flatMap(([key, facts]) => {
    const [accountId = '', region = '', ...alias] = key.split('/');
    return compactAliasFacts(facts.sort(compareAliasFacts)).map(
      ({ timeMs, kind, keyArn }): AliasOfKeyFact => ({
        kind: 'alias',
        accountId,
        region,
        timeMs,
        alias: alias.join('/'),
        is: kind,
        ...(keyArn === undefined ? {} : { keyArn }),
      }),
    );
  });
}

/** What the days say of aliases, together with job facts, which may say it before their day is sealed. */
export function withAliasFacts(aliases: Aliases, facts: Iterable<JobFact>): Aliases {
  const together = new Map<string, readonly AliasFact[]>(aliases);
  const early = new Map<string, AliasFact[]>();
  for (const fact of facts) {
    if (fact.kind !== 'alias') continue;
    const { timeMs, is, keyArn } = fact;
    const list = early.get(aliasKey(fact)) ?? [];
    list.push({ timeMs, kind: is, ...(keyArn === undefined ? {} : { keyArn }) });
    early.set(aliasKey(fact), list);
  }
  for (const [key, list] of early) {
    together.set(key, [...(aliases.get(key) ?? []), ...list].sort(compareAliasFacts));
  }
  return together;
}

/** Every alias with all its facts, also those of days that are not sealed yet. */
export async function readEveryAlias(table: Table): Promise<Aliases> {
  const [aliases, early] = await Promise.all([readAliases(table), readAliasFacts(table)]);
  return withAliasFacts(aliases, early.values());
}
