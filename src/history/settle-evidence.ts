import { type Change, subjectsOf } from '../attribution/changes.ts';
import { aliasKey } from '../kms/alias-timeline.ts';
import { type Aliases, readAliases } from './alias-book.ts';
import { withAliasFacts } from './alias-facts.ts';
import { readDays } from './day-state.ts';
import { putDeclaredAliases, readDeclaredAliases } from './declared-aliases.ts';
import { evidenceOf, raiseEvidenceVersion } from './evidence-book.ts';
import {
  factsIn,
  type JobFacts,
  placesTouchedBy,
  putSettled,
  readIncoming,
  readSettled,
} from './evidence-items.ts';
import { makeStale } from './make-stale.ts';
import type { Table } from './table.ts';
import { tellDays } from './tell-days.ts';
import { changesByAliases } from './tell-jobs-of-aliases.ts';

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
  const incoming = factsIn(items);
  await putDeclaredAliases(table, incoming.values());
  const version = await raiseEvidenceVersion(table);
  const settled = await readSettled(table, await placesTouchedBy(table, incoming));
  const isDeclared = await readDeclaredAliases(table);
  const fresh = new Map(
    [...incoming].filter(
      ([text, fact]) => !settled.has(text) && (fact.kind !== 'alias' || isDeclared(aliasKey(fact))),
    ),
  );
  if (fresh.size > 0) {
    await tellDaysOf(table, settled, fresh);
    await putSettled(table, fresh, version);
  }
  await table.write([], items);
}

async function tellDaysOf(table: Table, settled: JobFacts, fresh: JobFacts): Promise<void> {
  const days = await readDays(table);
  if (days.some(({ root }) => root !== undefined)) {
    await tellDays(table, changesBy(settled, fresh, await readAliases(table)));
    return;
  }
  // Nothing was judged yet. What is on its way was perhaps, without these facts, and may have come to its end.
  for (const { day } of days) await makeStale(table, day, ({ slots }) => slots);
}

function changesBy(settled: JobFacts, fresh: JobFacts, aliases: Aliases): readonly Change[] {
  const together = new Map([...settled, ...fresh]);
  const after = evidenceOf(together, aliases, 'after');
  const changes = subjectsOf(evidenceOf(settled, aliases, 'before'), after);
  const keysBefore = withAliasFacts(aliases, settled.values());
  const keysAfter = withAliasFacts(aliases, together.values());
  return [...changes, ...changesByAliases(after, keysBefore, keysAfter)];
}
