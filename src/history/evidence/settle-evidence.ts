import { type Change, subjectsOf } from '../../attribution/changes.ts';
import { aliasKey } from '../../kms/alias-timeline.ts';
import type { JobFact } from '../../sagemaker/job-fact.ts';
import type { Item, Table } from '../../table/table.ts';
import { readDays } from '../day/day-state.ts';
import { makeStale } from '../day/make-stale.ts';
import { withAliasFacts } from './alias-facts.ts';
import { type Aliases, readAliases } from './alias-items.ts';
import { putDeclaredAliases, readDeclaredAliases } from './declared-aliases.ts';
import {
  eachFactIn,
  factsIn,
  type JobFacts,
  pksTouchedBy,
  putSettled,
  readIncoming,
  readSettled,
} from './evidence-items.ts';
import { evidenceOfFacts, raiseEvidenceVersion } from './evidence-store.ts';
import { invalidateDays } from './invalidate-days.ts';
import { changesByAliases } from './invalidate-days-of-jobs.ts';

/**
 * Settles the incoming job facts: makes stale, on each day, the slots whose judgements asked for evidence that the facts
 * change, and then stores the facts with those of their days.
 *
 * Safe at any interruption and with any number of runs at once. The version is raised first, so that no later seal uses
 * what was known before. Then the days are invalidated. Only then do the facts move, so that a run after a crash finds
 * them and invalidates the days again.
 */
export async function settleEvidence(table: Table): Promise<void> {
  const items = await readIncoming(table);
  if (items.length === 0) return;
  await putDeclaredAliases(table, items);
  const version = await raiseEvidenceVersion(table);
  const isDeclared = await readDeclaredAliases(table);
  const isKept = (fact: JobFact) => fact.kind !== 'alias' || isDeclared(aliasKey(fact));
  const days = await readDays(table);
  if (days.some(({ root }) => root !== undefined)) {
    const fresh = await invalidateByNew(table, factsIn(items, isKept));
    await putSettled(table, fresh, version);
  } else {
    // No day was sealed when they were read. A seal in progress may judge without these facts and be done by now.
    for (const { day } of days) await makeStale(table, day, ({ slots }) => slots);
    await putSettled(table, keptAmong(items, isKept), version);
  }
  await table.write([], items);
}

/** One after the other, since a first import may have the facts of a year. */
function* keptAmong(items: readonly Item[], isKept: (fact: JobFact) => boolean) {
  for (const entry of eachFactIn(items)) if (isKept(entry[1])) yield entry;
}

/** Invalidates the days that new facts concern. @returns the facts that are new */
async function invalidateByNew(table: Table, incoming: JobFacts): Promise<JobFacts> {
  const settled = await readSettled(table, await pksTouchedBy(table, incoming));
  const fresh = new Map([...incoming].filter(([text]) => !settled.has(text)));
  if (fresh.size > 0) await invalidateDays(table, changesBy(settled, fresh, await readAliases(table)));
  return fresh;
}

function changesBy(settled: JobFacts, fresh: JobFacts, aliases: Aliases): readonly Change[] {
  const together = new Map([...settled, ...fresh]);
  const after = evidenceOfFacts(together, aliases, 'after');
  const changes = subjectsOf(evidenceOfFacts(settled, aliases, 'before'), after);
  const keysBefore = withAliasFacts(aliases, settled.values());
  const keysAfter = withAliasFacts(aliases, together.values());
  return [...changes, ...changesByAliases(after, keysBefore, keysAfter)];
}
