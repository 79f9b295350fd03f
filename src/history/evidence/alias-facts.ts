import {
  type Aliases,
  type AliasFact,
  aliasKey,
  compactAliasFacts,
  compareAliasFacts,
} from '../../kms/alias-timeline.ts';
import type { AliasOfKeyFact, JobFact } from '../../sagemaker/job-fact.ts';
import { DAY_MS } from '../../utc-time.ts';
import type { RowSet } from '../facts/row-set.ts';
import { addAliasFacts, type LearnedAliases } from './learn-aliases.ts';

/** What sets of raw facts say of aliases. */
export function aliasFactsOfSets(sets: Iterable<RowSet>): AliasOfKeyFact[] {
  const learned: LearnedAliases = new Map();
  for (const set of sets) addAliasFacts(set, learned);
  return jobFactsOf(newAliasFacts(new Map(), learned));
}

/** Facts of aliases as job facts. */
export function jobFactsOf(aliases: Aliases): AliasOfKeyFact[] {
  return [...aliases].flatMap(([key, facts]) => {
    const [accountId = '', region = '', ...alias] = key.split('/');
    return facts.map(
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

/** Those of job facts that are of aliases. */
export function aliasesOf(facts: Iterable<JobFact>): Aliases {
  const aliases: LearnedAliases = new Map();
  for (const fact of facts) {
    if (fact.kind !== 'alias') continue;
    const { timeMs, is, keyArn } = fact;
    const list = aliases.get(aliasKey(fact)) ?? [];
    list.push({ timeMs, kind: is, ...(keyArn === undefined ? {} : { keyArn }) });
    aliases.set(aliasKey(fact), list);
  }
  for (const list of aliases.values()) list.sort(compareAliasFacts);
  return aliases;
}

/** All facts of several maps. */
export function joinAliases(...maps: readonly Aliases[]): Aliases {
  const together: LearnedAliases = new Map();
  for (const [alias, facts] of maps.flatMap((map) => [...map])) {
    const list = together.get(alias);
    if (list === undefined) together.set(alias, [...facts]);
    else list.push(...facts);
  }
  for (const list of together.values()) list.sort(compareAliasFacts);
  return together;
}

/** The facts that remain of each day when all are compacted, and that are not known. */
export function newAliasFacts(known: Aliases, learned: Aliases): Aliases {
  const fresh = new Map<string, readonly AliasFact[]>();
  for (const [alias, facts] of learned) {
    const days = new Set(facts.map(dayNumberOf));
    const before = (known.get(alias) ?? []).filter((fact) => days.has(dayNumberOf(fact)));
    const texts = new Set(before.map(textOf));
    const together = compactAliasFacts([...before, ...facts].sort(compareAliasFacts));
    const more = together.filter((fact) => !texts.has(textOf(fact)));
    if (more.length > 0) fresh.set(alias, more);
  }
  return fresh;
}

function dayNumberOf({ timeMs }: AliasFact): number {
  return Math.floor(timeMs / DAY_MS);
}

function textOf({ timeMs, kind, keyArn }: AliasFact): string {
  return `${timeMs} ${kind} ${keyArn}`;
}
