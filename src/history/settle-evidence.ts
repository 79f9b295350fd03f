import { type Change, subjectsOf } from '../attribution/changes.ts';
import { readTies } from './day-reader.ts';
import { readDays } from './day-state.ts';
import { evidenceOf, raiseEvidenceVersion } from './evidence-book.ts';
import { type JobFacts, monthsTouchedBy, putSettled, readIncoming, readSettled } from './evidence-items.ts';
import { makeStale } from './make-stale.ts';
import { DAY_MS, dayStart, HOUR_MS } from './names.ts';
import type { Table } from './table.ts';
import type { SlotTies } from './ties.ts';

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
  const version = await raiseEvidenceVersion(table);
  const settled = await readSettled(table, monthsTouchedBy(incoming.facts));
  const fresh = new Map([...incoming.facts].filter(([text]) => !settled.has(text)));
  if (fresh.size > 0) {
    await tellDays(table, changesBy(settled, fresh));
    await putSettled(table, fresh, version);
  }
  await table.write([], incoming.items);
}

function changesBy(settled: JobFacts, fresh: JobFacts): readonly Change[] {
  const together = new Map([...settled, ...fresh]);
  return subjectsOf(evidenceOf(settled, 'before'), evidenceOf(together, 'after'));
}

/** Changes by subject, to be asked about slots. */
class ChangesBySubject {
  readonly #bySubject = new Map<string, Change[]>();
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;

  constructor(changes: readonly Change[]) {
    for (const change of changes) {
      this.#fromMs = Math.min(this.#fromMs, change.fromMs);
      this.#toMs = Math.max(this.#toMs, change.toMs);
      const list = this.#bySubject.get(change.subject);
      if (list === undefined) this.#bySubject.set(change.subject, [change]);
      else list.push(change);
    }
  }

  mayConcern(dayStartMs: number): boolean {
    return this.#fromMs < dayStartMs + DAY_MS && this.#toMs >= dayStartMs;
  }

  concern({ from, to, asked }: SlotTies, dayStartMs: number): boolean {
    const [fromMs, toMs] = [dayStartMs + from * HOUR_MS, dayStartMs + to * HOUR_MS];
    return asked.some((subject) =>
      this.#bySubject.get(subject)?.some((change) => change.fromMs < toMs && change.toMs >= fromMs),
    );
  }
}

async function tellDays(table: Table, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const bySubject = new ChangesBySubject(changes);
  for (const { day } of await readDays(table)) {
    if (!bySubject.mayConcern(dayStart(day))) continue;
    await makeStale(table, day, async (root) => {
      const ties = await readTies(table, root);
      return ties.filter((slot) => bySubject.concern(slot, dayStart(day)));
    });
  }
}
