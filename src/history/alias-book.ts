import { type AliasFact, compareAliasFacts } from '../kms/alias-timeline.ts';
import { decodeJson, encodeJson } from './json-body.ts';
import { boundedName } from './names.ts';
import type { Item, Table } from './table.ts';

interface StoredAliasDay {
  readonly alias: string;
  readonly facts: readonly AliasFact[];
}

/**
 * What is known of aliases, as the seal of one day sees it: of other days what the table says, of the day
 * itself what its own records do. Facts are read when first asked for.
 */
export class AliasBook {
  readonly #table: Table;
  readonly #day: string;
  readonly #elsewhere = new Map<string, readonly AliasFact[]>();
  readonly #facts = new Map<string, readonly AliasFact[]>();
  #own: ReadonlyMap<string, readonly AliasFact[]> = new Map();

  constructor(table: Table, day: string) {
    this.#table = table;
    this.#day = day;
  }

  /** Sets what the day's own records tell; answers the aliases of which that is something else than before. */
  learn(own: ReadonlyMap<string, readonly AliasFact[]>): Set<string> {
    const changed = new Set<string>();
    for (const alias of new Set([...this.#own.keys(), ...own.keys()])) {
      if (JSON.stringify(own.get(alias) ?? []) === JSON.stringify(this.#own.get(alias) ?? [])) continue;
      changed.add(alias);
      this.#facts.delete(alias);
    }
    this.#own = own;
    return changed;
  }

  async load(aliases: Iterable<string>): Promise<void> {
    for (const alias of aliases) {
      if (!this.#elsewhere.has(alias)) this.#elsewhere.set(alias, await this.#read(alias));
    }
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

  /** Whether the table now tells something else of an alias that was loaded. */
  async hasChanged(): Promise<boolean> {
    for (const [alias, facts] of this.#elsewhere) {
      if (JSON.stringify(await this.#read(alias)) !== JSON.stringify(facts)) return true;
    }
    return false;
  }

  async #read(alias: string): Promise<readonly AliasFact[]> {
    const days = await readAliasDays(this.#table, alias);
    return days.filter(({ day }) => day !== this.#day).flatMap(({ facts }) => facts);
  }
}

export async function readAliasDays(
  table: Table,
  alias: string,
): Promise<{ day: string; facts: readonly AliasFact[] }[]> {
  const prefix = `${boundedName(alias)}|`;
  const items = await table.query('A', { from: prefix, to: `${prefix}~` });
  return items.map((item) => ({ day: item.sk.slice(prefix.length), facts: decodeAliasDay(item).facts }));
}

/** Every alias there is, with all its facts. */
export async function readAliases(table: Table): Promise<Map<string, readonly AliasFact[]>> {
  const aliases = new Map<string, AliasFact[]>();
  for (const item of await table.query('A')) {
    const { alias, facts } = decodeAliasDay(item);
    const list = aliases.get(alias) ?? [];
    list.push(...facts);
    aliases.set(alias, list);
  }
  for (const list of aliases.values()) list.sort(compareAliasFacts);
  return aliases;
}

export function aliasDayItem(alias: string, day: string, facts: readonly AliasFact[]): Item {
  return {
    pk: 'A',
    sk: `${boundedName(alias)}|${day}`,
    body: encodeJson({ alias, facts } satisfies StoredAliasDay),
  };
}

/** Says that a day has uses which only name an alias. Over-approximates; never taken back. */
export function referenceItem(alias: string, day: string): Item {
  return { pk: 'F', sk: `${boundedName(alias)}|${day}` };
}

/**
 * The days whose uses of an alias may mean another key now that a day's facts of it have changed: from the
 * nearest day before that knows the alias to the nearest after.
 */
export async function daysTouchedByAlias(table: Table, alias: string, day: string): Promise<string[]> {
  const known = (await readAliasDays(table, alias))
    .map((entry) => entry.day)
    .filter((other) => other !== day);
  const before = known.filter((other) => other < day).at(-1) ?? '';
  const after = known.find((other) => other > day) ?? '~';
  const prefix = `${boundedName(alias)}|`;
  const uses = await table.query('F', { from: `${prefix}${before}`, to: `${prefix}${after}` });
  return uses.map((item) => item.sk.slice(prefix.length)).filter((other) => other !== day);
}

function decodeAliasDay(item: Item): StoredAliasDay {
  return decodeJson<StoredAliasDay>(item.body, 'What is known of an alias');
}
