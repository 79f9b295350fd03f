import type { Change } from '../../attribution/changes.ts';
import { isAliasSubject, subject as subjects } from '../../attribution/subjects.ts';
import type { Table } from '../../table/table.ts';
import { DAY_MS, dayStart, HOUR_MS } from '../../utc-time.ts';
import { readDependencies } from '../day/day-reader.ts';
import { readDays } from '../day/day-state.ts';
import { makeStale } from '../day/make-stale.ts';
import type { SlotDependencies } from '../pages/dependencies.ts';

/** Changes by subject, to find the slots that they concern. */
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

  concern({ from, to, asked }: Omit<SlotDependencies, 'observed'>, dayStartMs: number): boolean {
    const [fromMs, toMs] = [dayStartMs + from * HOUR_MS, dayStartMs + to * HOUR_MS];
    return asked.some((subject) =>
      this.#bySubject.get(subject)?.some((change) => change.fromMs < toMs && change.toMs >= fromMs),
    );
  }
}

/** Makes stale, on each day, the slots that asked for evidence which has changed. */
export async function invalidateDays(table: Table, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const bySubject = new ChangesBySubject(changes);
  const isOfAliasesOnly = changes.every(({ subject }) => isAliasSubject(subject));
  for (const { day } of await readDays(table)) {
    if (!bySubject.mayConcern(dayStart(day))) continue;
    await makeStale(table, day, async (root) => {
      const named = root.slots.map(({ from, to, references }) => ({
        from,
        to,
        asked: references.map(subjects.alias),
      }));
      const judged = isOfAliasesOnly ? [] : await readDependencies(table, root);
      return [...named, ...judged].filter((slot) => bySubject.concern(slot, dayStart(day)));
    });
  }
}
