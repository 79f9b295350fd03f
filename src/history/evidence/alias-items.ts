import { type AliasFact, compareAliasFacts } from '../../kms/alias-timeline.ts';
import { boundedName } from '../../table/content-name.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import { isCommitted, readDays } from '../day/day-state.ts';

/** What one day's records say of the aliases of one account and Region. */
export interface PlaceDay {
  readonly day: string;
  /** By alias key, in the order of their time. */
  readonly facts: Readonly<Record<string, readonly AliasFact[]>>;
}

/** Facts of aliases in the order of their time, by alias key. */
export type Aliases = ReadonlyMap<string, readonly AliasFact[]>;

/** `<account>/<region>` of an alias key. */
export function aliasPlaceOf(alias: string): string {
  return alias.slice(0, alias.indexOf('/', alias.indexOf('/') + 1));
}

/** Alias keys by their account and Region. */
export function byPlace(aliases: Iterable<string>): Map<string, string[]> {
  return Map.groupBy(aliases, aliasPlaceOf);
}

/** What the days say of the aliases of some accounts and Regions. */
export async function readPlaces(table: Table, places: readonly string[]): Promise<PlaceDay[]> {
  const items: Item[] = [];
  for (const place of places) items.push(...(await queryPlace(table, 'A', place)));
  return committedFacts(table, items);
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

/** For each day and place the newest item that the day committed. */
async function committedFacts(table: Table, items: readonly Item[]): Promise<PlaceDay[]> {
  if (items.length === 0) return [];
  const states = new Map((await readDays(table)).map((state) => [state.day, state]));
  const newest = new Map<string, PlaceDay>();
  for (const item of items) {
    const [place = '', name = ''] = item.sk.split('|');
    const day = name.slice(0, name.indexOf('.'));
    if (!isCommitted(states.get(day), name.slice(day.length + 1))) continue;
    // Names of one day and place sort by the version they were written for.
    newest.set(`${place}|${day}`, {
      day,
      facts: decodeJson<PlaceDay['facts']>(item, `What ${day} says of aliases`),
    });
  }
  return [...newest.values()];
}

/** Bodies of the items that hold what a day's records say of aliases, by account and Region. */
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

/**
 * Items that mark a day as having uses that name an alias without the ARN of a key. They are written before the day is
 * sealed and never deleted.
 */
export function referenceItems(day: string, references: readonly string[]): Item[] {
  return [...byPlace(references).keys()].map((place) => ({ pk: 'F', sk: `${boundedName(place)}|${day}` }));
}

/** The days that have such uses of aliases of an account and Region, oldest first. */
export async function readReferencingDays(table: Table, place: string): Promise<string[]> {
  return (await queryPlace(table, 'F', place)).map(({ sk }) => sk.slice(sk.indexOf('|') + 1));
}

async function queryPlace(table: Table, pk: string, place: string): Promise<Item[]> {
  const prefix = `${boundedName(place)}|`;
  return table.query(pk, { from: prefix, to: `${prefix}~` });
}
