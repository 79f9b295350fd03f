import { type Aliases, type AliasFact, compareAliasFacts } from '../../kms/alias-timeline.ts';
import type { Slot } from '../day/day-root.ts';

/** What is known of aliases when a day is sealed: by the evidence, and by the day's own records. */
export class DayAliases {
  readonly #known: Aliases;
  readonly #facts = new Map<string, readonly AliasFact[]>();
  #own: Aliases = new Map();

  constructor(known: Aliases) {
    this.#known = known;
  }

  /** Sets what the day's own records say, in any order. */
  learn(own: Aliases): void {
    this.#own = own;
    this.#facts.clear();
  }

  /** What is known of an alias, in order of time. */
  facts(alias: string): readonly AliasFact[] {
    let facts = this.#facts.get(alias);
    if (facts === undefined) {
      const [known, own] = [this.#known.get(alias) ?? [], this.#own.get(alias) ?? []];
      facts = own.length === 0 ? known : [...known, ...own].sort(compareAliasFacts);
      this.#facts.set(alias, facts);
    }
    return facts;
  }
}

/** What the records of some slots say of aliases, by alias key. */
export function aliasFactsOf(slots: readonly Pick<Slot, 'aliases'>[]): Map<string, readonly AliasFact[]> {
  const facts = new Map<string, readonly AliasFact[]>();
  for (const slot of slots) {
    for (const [alias, list] of Object.entries(slot.aliases)) {
      facts.set(alias, [...(facts.get(alias) ?? []), ...list]);
    }
  }
  return facts;
}
