import { contentName } from '../../table/content-name.ts';
import { DAY_MS, dayOf, dayStart } from '../../utc-time.ts';
import type { CheckedDay, DayNotes } from './checked-days.ts';
import type { KnownOfJobs } from './job-parts.ts';
import type { WholeHistory } from './rule-context.ts';

/**
 * What the findings of a day depend on beside its own rows: the days before it, and what is known of the whole history. It
 * is named, so that a day is checked again exactly when something changed that its findings depend on.
 */
export class DayDependencies implements WholeHistory {
  readonly jobRoles: ReadonlySet<string>;
  readonly isAliasDeclared: (alias: string) => boolean;
  readonly #facts: KnownOfJobs;
  readonly #checked: ReadonlyMap<string, CheckedDay>;
  readonly #begins = new Map<string, number>();

  /** @param checked every checked day; it may change */
  constructor(
    facts: KnownOfJobs,
    isAliasDeclared: (alias: string) => boolean,
    checked: ReadonlyMap<string, CheckedDay>,
  ) {
    this.jobRoles = facts.roles;
    this.isAliasDeclared = isAliasDeclared;
    this.#facts = facts;
    this.#checked = checked;
    this.readBegins();
  }

  /** When the history of an account and Region begins, epoch milliseconds; infinity where it has none. */
  beginsMs(place: string): number {
    return this.#begins.get(place) ?? Number.POSITIVE_INFINITY;
  }

  /** Reads again when the history of each account and Region begins. To be called when checked days have changed. */
  readBegins(): void {
    this.#begins.clear();
    this.addBegins(Object.fromEntries(this.#facts.begins));
    for (const { notes } of this.#checked.values()) this.addBegins(notes.begins);
  }

  /** Adds what one more day shows. */
  addBegins(begins: DayNotes['begins']): void {
    for (const [place, timeMs] of Object.entries(begins))
      this.#begins.set(place, Math.min(timeMs, this.beginsMs(place)));
  }

  /** Names what a day depends on, by the notes of its last check. */
  nameOf(day: string, { lookBackDays, olderIn, movedAliases }: DayNotes): string {
    const isAlone = lookBackDays === 0 && olderIn.length === 0 && movedAliases.length === 0;
    if (isAlone) return '-';
    const before = this.contentNames(day, lookBackDays, lookBackDays);
    const begins = olderIn.map((place) => [place, this.beginsMs(place)]);
    const aliases = movedAliases.map((alias) => [alias, this.isAliasDeclared(alias)]);
    return contentName(Buffer.from(JSON.stringify([before, begins, aliases])));
  }

  /** Names what some days showed when they were checked. @param count how many days, from `back` days before `day` on */
  contentNames(day: string, back: number, count: number): (string | null)[] {
    const start = dayStart(day);
    return Array.from(
      { length: count },
      (_, nth) => this.#checked.get(dayOf(start - (back - nth) * DAY_MS))?.contentName ?? null,
    );
  }

  contentNameOf(day: string): string | null {
    return this.#checked.get(day)?.contentName ?? null;
  }
}
