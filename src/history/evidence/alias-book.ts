import { type AliasFact, compareAliasFacts } from '../../kms/alias-timeline.ts';
import { boundedName } from '../../table/content-name.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import { dayStart } from '../../utc-time.ts';
import { isCommitted, readDays, type UntoldAlias } from '../day/day-state.ts';

/**
 * What is known of aliases, as the seal of one day sees it: of other days what the table says, of the day
 * itself what its own records do. Facts are read when first asked for.
 */
export class AliasBook {
  readonly #table: Table;
  readonly #day: string;
  readonly #elsewhere = new Map<string, readonly AliasFact[]>();
  readonly #facts = new Map<string, readonly AliasFact[]>();
  #own: Aliases = new Map();

  constructor(table: Table, day: string) {
    this.#table = table;
    this.#day = day;
  }

  /** Sets what the day's own records tell, in any order. */
  learn(own: Aliases): void {
    this.#own = own;
    this.#facts.clear();
  }

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

  /** Whether the table now tells something else of an alias that was loaded. */
  async hasChanged(): Promise<boolean> {
    const now = await this.#read([...this.#elsewhere.keys()]);
    return [...this.#elsewhere].some(
      ([alias, facts]) => JSON.stringify(now.get(alias)) !== JSON.stringify(facts),
    );
  }

  async #read(aliases: readonly string[]): Promise<Map<string, readonly AliasFact[]>> {
    const places = [...new Set(aliases.map(placeOf))];
    const others = (await readPlaces(this.#table, places)).filter(({ day }) => day !== this.#day);
    return new Map(aliases.map((alias) => [alias, nearestFacts(others, alias, this.#day)]));
  }
}

/** What one day's records told of the aliases of one account and Region. */
interface PlaceDay {
  readonly day: string;
  readonly facts: Readonly<Record<string, readonly AliasFact[]>>;
}

/**
 * Of an alias the last fact before a day and the first after: with the day's own, all that tells what it means
 * in the day.
 */
function nearestFacts(others: readonly PlaceDay[], alias: string, day: string): AliasFact[] {
  let before: AliasFact | undefined;
  let after: AliasFact | undefined;
  for (const other of others) {
    for (const fact of other.facts[alias] ?? []) {
      if (other.day < day && (before === undefined || compareAliasFacts(fact, before) > 0)) before = fact;
      if (other.day > day && (after === undefined || compareAliasFacts(fact, after) < 0)) after = fact;
    }
  }
  return [before, after].filter((fact) => fact !== undefined);
}

/** `<account>/<region>` of an alias key. */
function placeOf(alias: string): string {
  return alias.slice(0, alias.indexOf('/', alias.indexOf('/') + 1));
}

async function readPlaces(table: Table, places: readonly string[]): Promise<PlaceDay[]> {
  const items: Item[] = [];
  for (const place of places) {
    const prefix = `${boundedName(place)}|`;
    items.push(...(await table.query('A', { from: prefix, to: `${prefix}~` })));
  }
  return committedFacts(table, items);
}

/** Of the items of each day and place the newest that the day committed. */
async function committedFacts(table: Table, items: readonly Item[]): Promise<PlaceDay[]> {
  if (items.length === 0) return [];
  const states = new Map((await readDays(table)).map((state) => [state.day, state]));
  const newest = new Map<string, PlaceDay>();
  for (const item of items) {
    const [place = '', name = ''] = item.sk.split('|');
    const day = name.slice(0, name.indexOf('.'));
    if (!isCommitted(states.get(day), name.slice(day.length + 1))) continue;
    // Names of one day and place sort by the version they were written for.
    newest.set(`${place}|${day}`, { day, facts: decodeFacts(item) });
  }
  return [...newest.values()];
}

/** Facts of aliases in the order of their time, by alias key. */
export type Aliases = ReadonlyMap<string, readonly AliasFact[]>;

/**
 * What is known of some aliases: before a day told of them what it tells now, and after. `before` of each says what
 * the day had told of it then.
 */
export async function aliasesBeforeAndAfter(
  table: Table,
  untold: readonly UntoldAlias[],
  day: string,
): Promise<{ readonly before: Aliases; readonly after: Aliases }> {
  const places = [...new Set(untold.map(({ alias }) => placeOf(alias)))];
  const days = await readPlaces(table, places);
  const before = new Map<string, readonly AliasFact[]>();
  const after = new Map<string, readonly AliasFact[]>();
  for (const { alias, before: toldBefore } of untold) {
    // Of several seals that were not told of, the first.
    if (before.has(alias)) continue;
    const of = (some: readonly PlaceDay[]) => some.flatMap(({ facts }) => facts[alias] ?? []);
    const others = of(days.filter((other) => other.day !== day));
    before.set(alias, [...others, ...toldBefore].sort(compareAliasFacts));
    after.set(alias, of(days).sort(compareAliasFacts));
  }
  return { before, after };
}

/** Every alias there is, with all its facts. */
export async function readAliases(table: Table): Promise<Aliases> {
  const aliases = new Map<string, AliasFact[]>();
  for (const { facts } of await committedFacts(table, await table.query('A'))) {
    for (const [alias, list] of Object.entries(facts)) {
      const all = aliases.get(alias) ?? [];
      all.push(...list);
      aliases.set(alias, all);
    }
  }
  for (const list of aliases.values()) list.sort(compareAliasFacts);
  return aliases;
}

/** Bodies of the items that say what a day's records told of aliases, by account and Region. */
export function aliasBodies(facts: ReadonlyMap<string, readonly AliasFact[]>): Map<string, Uint8Array> {
  const bodies = new Map<string, Uint8Array>();
  for (const [place, aliases] of byPlace(facts.keys())) {
    bodies.set(
      place,
      encodeJson(Object.fromEntries(aliases.map((alias) => [alias, facts.get(alias) ?? []]))),
    );
  }
  return bodies;
}

/** Items that say that uses of a day only name an alias. Written before the day is sealed, never taken back. */
export function referenceItems(day: string, references: readonly string[]): Item[] {
  return [...byPlace(references).keys()].map((place) => ({ pk: 'F', sk: `${boundedName(place)}|${day}` }));
}

/**
 * Days that may have uses of some aliases which mean other keys now that a day's facts of these have changed,
 * with the aliases. Facts reach from their time to the next one known; back, only where none is known before.
 */
export async function daysTouchedByAliases(
  table: Table,
  changed: readonly UntoldAlias[],
  day: string,
): Promise<Map<string, Set<string>>> {
  const touched = new Map<string, Set<string>>();
  const newlyKnown = new Set(changed.filter(({ before }) => before.length === 0).map(({ alias }) => alias));
  for (const [place, aliases] of byPlace(changed.map(({ alias }) => alias))) {
    const prefix = `${boundedName(place)}|`;
    const uses = (await table.query('F', { from: prefix, to: `${prefix}~` }))
      .map((item) => item.sk.slice(prefix.length))
      .filter((other) => other !== day);
    if (uses.length === 0) continue;
    const everything = await readPlaces(table, [place]);
    const known = everything.filter((other) => other.day !== day);
    const own = everything.find((other) => other.day === day)?.facts ?? {};
    for (const alias of aliases) {
      const [before] = nearestFacts(known, alias, day).filter((fact) => fact.timeMs < dayStart(day));
      const last = own[alias]?.at(-1);
      // The day has come to know what was known before it: nothing means anything else.
      if (newlyKnown.has(alias) && isSameKey(before, last)) continue;
      const days = known
        .filter(({ facts }) => facts[alias] !== undefined)
        .map((other) => other.day)
        .sort();
      const from = days.some((other) => other < day) ? day : '';
      const to = days.find((other) => other > day) ?? '~';
      for (const use of uses) {
        if (use < from || use > to) continue;
        const list = touched.get(use);
        if (list === undefined) touched.set(use, new Set([alias]));
        else list.add(alias);
      }
    }
  }
  return touched;
}

function isSameKey(a: AliasFact | undefined, b: AliasFact | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.kind !== 'deleted' &&
    b.kind !== 'deleted' &&
    a.keyArn !== undefined &&
    a.keyArn === b.keyArn
  );
}

function byPlace(aliases: Iterable<string>): Map<string, string[]> {
  return Map.groupBy(aliases, placeOf);
}

function decodeFacts(item: Item): PlaceDay['facts'] {
  return decodeJson<PlaceDay['facts']>(item.body, 'What is known of aliases');
}
