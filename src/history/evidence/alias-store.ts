import { type AliasFact, compareAliasFacts } from '../../kms/alias-timeline.ts';
import type { Table } from '../../table/table.ts';
import { type Aliases, aliasPlaceOf, readPlaces } from './alias-items.ts';
import { nearestAliasFacts } from './nearest-alias-facts.ts';

/**
 * What is known of aliases when one day is sealed: of the day itself by its own records, of other days by the table.
 * Facts are read when they are first asked for.
 */
export class AliasStore {
  readonly #table: Table;
  readonly #day: string;
  readonly #elsewhere = new Map<string, readonly AliasFact[]>();
  readonly #facts = new Map<string, readonly AliasFact[]>();
  #own: Aliases = new Map();

  constructor(table: Table, day: string) {
    this.#table = table;
    this.#day = day;
  }

  /** Sets what the day's own records say, in any order. */
  learn(own: Aliases): void {
    this.#own = own;
    this.#facts.clear();
  }

  /** Reads what other days say of some aliases. */
  async load(aliases: Iterable<string>): Promise<void> {
    const missing = [...aliases].filter((alias) => !this.#elsewhere.has(alias));
    for (const [alias, facts] of await this.#read(missing)) this.#elsewhere.set(alias, facts);
  }

  /** What is known of a loaded alias, in order of time. */
  facts(alias: string): readonly AliasFact[] {
    let facts = this.#facts.get(alias);
    if (facts === undefined) {
      const own = this.#own.get(alias) ?? [];
      facts = [...(this.#elsewhere.get(alias) ?? []), ...own].sort(compareAliasFacts);
      this.#facts.set(alias, facts);
    }
    return facts;
  }

  /** Whether other days now say something else of an alias that was loaded. */
  async hasChanged(): Promise<boolean> {
    const now = await this.#read([...this.#elsewhere.keys()]);
    return [...this.#elsewhere].some(
      ([alias, facts]) => JSON.stringify(now.get(alias)) !== JSON.stringify(facts),
    );
  }

  async #read(aliases: readonly string[]): Promise<Map<string, readonly AliasFact[]>> {
    const places = [...new Set(aliases.map(aliasPlaceOf))];
    const others = (await readPlaces(this.#table, places)).filter(({ day }) => day !== this.#day);
    return new Map(aliases.map((alias) => [alias, nearestAliasFacts(others, alias, this.#day)]));
  }
}
