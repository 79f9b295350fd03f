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
  placesTouchedBy,
  putSettled,
  readIncoming,
  readSettled,
} from './evidence-items.ts';
import { evidenceOfFacts, raiseEvidenceVersion } from './evidence-store.ts';
import { invalidateDays } from './invalidate-days.ts';
import { changesByAliases } from './invalidate-days-of-jobs.ts';

/**
 * Takes in the job facts that have come, and makes stale what hangs on them: of each day the slots that asked for
 * evidence which is another now.
 *
 * Safe at any interruption and with any number at once. The version is raised first, so that no seal from here on
 * goes by what was known before; the days are told next; only then do the facts move, so that whoever starts
 * anew after a death finds them and tells the days again.
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
    const fresh = await tellWhatIsNew(table, factsIn(items, isKept));
    await putSettled(table, fresh, version);
  } else {
    // Nothing was judged yet. What is on its way was perhaps, without these facts, and may have come to its end.
    for (const { day } of days) await makeStale(table, day, ({ slots }) => slots);
    await putSettled(table, keptAmong(items, isKept), version);
  }
  await table.write([], items);
}

/** A first import has a year's facts: one after the other. */
function* keptAmong(items: readonly Item[], isKept: (fact: JobFact) => boolean) {
  for (const entry of eachFactIn(items)) if (isKept(entry[1])) yield entry;
}

/** Tells the days of the facts that are not known yet, and answers these. */
async function tellWhatIsNew(table: Table, incoming: JobFacts): Promise<JobFacts> {
  const settled = await readSettled(table, await placesTouchedBy(table, incoming));
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
