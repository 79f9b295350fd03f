import { type Change, subjectsOf } from '../attribution/changes.ts';
import { type Aliases, readAliases } from './alias-book.ts';
import { putDeclaredAliases } from './declared-aliases.ts';
import { evidenceOf, raiseEvidenceVersion } from './evidence-book.ts';
import { type JobFacts, monthsTouchedBy, putSettled, readIncoming, readSettled } from './evidence-items.ts';
import type { Table } from './table.ts';
import { tellDays } from './tell-days.ts';

/**
 * Takes in the job facts that have come, and makes stale what hangs on them: of each day the slots that asked for
 * evidence which is another now.
 *
 * Safe at any interruption and with any number at once. The version is raised first, so that no seal from here on
 * goes by what was known before; the days are told next; only then do the facts move, so that whoever starts
 * anew after a death finds them and tells the days again.
 */
export async function settleEvidence(table: Table): Promise<void> {
  const incoming = await readIncoming(table);
  if (incoming.items.length === 0) return;
  await putDeclaredAliases(table, incoming.facts.values());
  const version = await raiseEvidenceVersion(table);
  const settled = await readSettled(table, monthsTouchedBy(incoming.facts));
  const fresh = new Map([...incoming.facts].filter(([text]) => !settled.has(text)));
  if (fresh.size > 0) {
    const aliases = await readAliases(table);
    await tellDays(table, changesBy(settled, fresh, aliases));
    await putSettled(table, fresh, version);
  }
  await table.write([], incoming.items);
}

function changesBy(settled: JobFacts, fresh: JobFacts, aliases: Aliases): readonly Change[] {
  const together = new Map([...settled, ...fresh]);
  return subjectsOf(evidenceOf(settled, aliases, 'before'), evidenceOf(together, aliases, 'after'));
}
