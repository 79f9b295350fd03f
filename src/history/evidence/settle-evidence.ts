import { type Change, subjectsOf } from '../../attribution/changes.ts';
import type { Aliases } from '../../kms/alias-timeline.ts';
import type { JobFact } from '../../sagemaker/job-fact.ts';
import type { Table } from '../../table/table.ts';
import { changeDay, readDays } from '../day/day-state.ts';
import { makeStale } from '../day/make-stale.ts';
import { aliasesOf, jobFactsOf, joinAliases, newAliasFacts } from './alias-facts.ts';
import { changesByAliases, changesOfAliases } from './changes-of-aliases.ts';
import { putDeclaredAliases } from './declared-aliases.ts';
import { deleteEarlierAliases, readEarlierAliases } from './earlier-aliases.ts';
import {
  eachFactIn,
  factsIn,
  type JobFacts,
  pksTouchedBy,
  putSettled,
  readIncoming,
  readSettled,
  readSettledAliases,
} from './evidence-items.ts';
import { evidenceOfFacts, raiseEvidenceVersion } from './evidence-store.ts';
import { invalidateDays } from './invalidate-days.ts';

/**
 * Settles the incoming job facts: makes stale, on each day, the slots that asked for evidence which the facts change,
 * and then stores the facts with those of their days.
 *
 * Safe at any interruption and with any number of runs at once. The version is raised first, so that no later seal uses
 * what was known before. Then the days are invalidated. Only then do the facts move, so that a run after a crash finds
 * them and invalidates the days again.
 */
export async function settleEvidence(table: Table): Promise<void> {
  await takeOverEarlierAliases(table);
  const items = await readIncoming(table);
  if (items.length === 0) return;
  await putDeclaredAliases(table, items);
  const version = await raiseEvidenceVersion(table);
  const days = await readDays(table);
  if (days.some(({ root }) => root !== undefined)) {
    await putSettled(table, await invalidateByNew(table, factsIn(items)), version);
  } else {
    // No day was sealed when they were read. A seal in progress may judge without these facts and be done by now.
    for (const { day } of days) await makeStale(table, day, ({ slots }) => slots);
    await putSettled(table, eachFactIn(items), version);
  }
  await table.write([], items);
}

/** Invalidates the days that new facts concern. @returns the facts that are new */
async function invalidateByNew(table: Table, incoming: JobFacts): Promise<JobFacts> {
  const known = await readSettledAliases(table);
  const newAliases = newAliasFacts(known, aliasesOf(incoming.values()));
  const aliases = { before: known, after: joinAliases(known, newAliases) };
  const changed = changesOfAliases(aliases.before, aliases.after, newAliases.keys());
  const others = new Map([...incoming].filter(([, { kind }]) => kind !== 'alias'));
  const settled = await readSettled(table, await pksTouchedBy(table, others));
  const fresh = new Map([...others].filter(([text]) => !settled.has(text)));
  await invalidateDays(table, [
    ...(fresh.size === 0 ? [] : changesBy(settled, fresh, aliases)),
    ...(await changesByAliases(table, changed, aliases.after)),
  ]);
  return new Map([...fresh, ...textsOf(jobFactsOf(newAliases))]);
}

function changesBy(
  settled: JobFacts,
  fresh: JobFacts,
  aliases: { readonly before: Aliases; readonly after: Aliases },
): readonly Change[] {
  const after = evidenceOfFacts(new Map([...settled, ...fresh]), aliases.after, 'after');
  return subjectsOf(evidenceOfFacts(settled, aliases.before, 'before'), after);
}

/**
 * Settles what the days of an earlier version say of aliases, and invalidates the days by the changes that its seals noted
 * and had not applied. Facts are deleted from where they were when all of it is done.
 */
async function takeOverEarlierAliases(table: Table): Promise<void> {
  const earlier = await readEarlierAliases(table);
  const pending = (await readDays(table)).filter(
    ({ pendingInvalidations }) => pendingInvalidations.length > 0,
  );
  if (earlier.size === 0 && pending.length === 0) return;
  const version = await raiseEvidenceVersion(table);
  await putSettled(table, textsOf(jobFactsOf(earlier)), version);
  const aliases = await readSettledAliases(table);
  for (const { day, pendingInvalidations } of pending) {
    const changes = pendingInvalidations.map(({ alias }) => ({ alias, ...ALWAYS }));
    await invalidateDays(table, await changesByAliases(table, changes, aliases));
    await changeDay(table, day, (state) => ({ ...state, pendingInvalidations: [] }));
  }
  await deleteEarlierAliases(table);
}

const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

function textsOf(facts: readonly JobFact[]): [text: string, fact: JobFact][] {
  return facts.map((fact) => [JSON.stringify(fact), fact]);
}
