import { kindOfIdentityArn } from '../../cloudtrail/identity-arn.ts';
import { boundedName } from '../../table/content-name.ts';
import type { Item, ItemKey, Table } from '../../table/table.ts';
import { dayOf } from '../../utc-time.ts';
import { familyOf } from '../principal-family.ts';
import { type FirstSeen, KeyNewcomers, type Surprise } from './first-seen.ts';

const pkOf = (keyName: string) => `seen#${boundedName(keyName)}`;
/** By day, the pairs whose first use is on it: a check of the day finds those that it no longer shows. */
const dayPkOf = (day: string) => `seen-day#${day}`;
/** By key, the days of grants to principals that may be known by their uses of the key. */
const grantsPkOf = (keyName: string) => `seen-grants#${boundedName(keyName)}`;

/** Requests for different items that run at once. */
const REQUESTS_AT_A_TIME = 32;

interface Entry {
  /** Absent once no use shows the principal on the key. */
  readonly seen?: FirstSeen;
  readonly version: number;
}

interface KnownKey {
  /** By sort key. */
  readonly entries: Map<string, Entry>;
  newcomers: KeyNewcomers | undefined;
}

/** A pair whose first use was on a day, as the index had it. */
export interface DatedPair {
  readonly keyName: string;
  readonly principalId: string;
}

/**
 * Who was first seen on each key, and when. A key is learned for some time from its first use; a family of principals
 * that is first seen after that is new on the key. The index says what the checked days show, in whatever order they were
 * checked. What was read is kept: another process that changes it invalidates the days that depend on it.
 */
export class FirstSeenIndex {
  readonly #table: Table;
  readonly learningMs: number;
  readonly #keys = new Map<string, KnownKey>();

  /** @param learningMs how long a key is learned from its first use, milliseconds */
  constructor(table: Table, learningMs: number) {
    this.#table = table;
    this.learningMs = learningMs;
  }

  /** Reads the items of keys that were not read before. */
  async load(keyNames: Iterable<string>): Promise<void> {
    const missing = [...new Set(keyNames)].filter((keyName) => !this.#keys.has(keyName));
    await inParts(missing, (keyName) => this.#read(keyName));
  }

  /** Reads the items of keys again, which other processes may have changed. */
  async reload(keyNames: Iterable<string>): Promise<void> {
    await inParts([...new Set(keyNames)], (keyName) => this.#read(keyName));
  }

  /** For a loaded key; undefined when the principal has not been seen on it. Epoch milliseconds. */
  firstMs(keyName: string, principalId: string): number | undefined {
    return this.#keys.get(keyName)?.entries.get(boundedName(principalId))?.seen?.firstMs;
  }

  /** What follows for a loaded key. */
  newcomers(keyName: string): KeyNewcomers {
    const known = this.#keys.get(keyName);
    if (known === undefined) return new KeyNewcomers([], this.learningMs);
    known.newcomers ??= new KeyNewcomers(seenIn(known), this.learningMs);
    return known.newcomers;
  }

  /** Everybody who was seen on a loaded key. */
  everybody(keyName: string): FirstSeen[] {
    const known = this.#keys.get(keyName);
    return known === undefined ? [] : seenIn(known);
  }

  /**
   * Records principals seen in uses that are durable. A time only moves back, unless it is of the same event.
   * @returns days whose findings may have changed
   */
  async record(seen: readonly FirstSeen[]): Promise<ReadonlySet<string>> {
    await this.load(seen.map(({ keyName }) => keyName));
    return this.#change(
      seen.filter((one) => this.#isNews(one)),
      (one) => this.#lower(one),
    );
  }

  /** The pairs whose first use is on a day. To be read before the day's rows: each has then a use among them. */
  async datedPairs(day: string): Promise<DatedPair[]> {
    return (await this.#table.query(dayPkOf(day))).map(({ fields }) => ({
      keyName: String(fields?.['key']),
      principalId: String(fields?.['principal']),
    }));
  }

  /**
   * Takes back what a day no longer shows.
   * @param gone pairs whose first use was on the day, and is no longer
   * @returns days whose findings may have changed
   */
  async forget(day: string, gone: readonly DatedPair[]): Promise<ReadonlySet<string>> {
    await this.load(gone.map(({ keyName }) => keyName));
    const stale = gone.map(({ keyName, principalId }) => dayKeyOf(day, keyName, principalId));
    const dated = gone.filter(({ keyName, principalId }) => {
      const firstMs = this.firstMs(keyName, principalId);
      return firstMs !== undefined && dayOf(firstMs) === day;
    });
    const touched = await this.#change(dated, (pair) => this.#remove(pair, day));
    if (stale.length > 0) await this.#table.write([], stale);
    return touched;
  }

  /** Records that a day's findings depend on whether a grantee was seen on a key. */
  async recordGrantees(day: string, grants: readonly DatedPair[]): Promise<void> {
    if (grants.length === 0) return;
    const items = grants.map(({ keyName, principalId }) => ({
      pk: grantsPkOf(keyName),
      sk: `${day}|${boundedName(principalId)}`,
    }));
    await this.#table.write([...new Map(items.map((item) => [`${item.pk} ${item.sk}`, item])).values()]);
  }

  #isNews({ keyName, principalId, firstMs, surprise, family }: FirstSeen): boolean {
    const known = this.#keys.get(keyName)?.entries.get(boundedName(principalId))?.seen;
    if (known === undefined || firstMs < known.firstMs) return true;
    if (firstMs > known.firstMs) return false;
    if (family !== known.family || known.eventId === undefined) return true;
    // A use that comes again is no reason to doubt what the join has decided.
    return surprise !== known.surprise && surprise !== 'open';
  }

  /** Changes entries of keys. @returns days whose findings may have changed */
  async #change<Pair extends DatedPair>(
    pairs: readonly Pair[],
    change: (pair: Pair) => Promise<void>,
  ): Promise<ReadonlySet<string>> {
    const touched = new Set<string>();
    for (const [keyName, list] of Map.groupBy(pairs, (pair) => pair.keyName)) {
      const before = this.newcomers(keyName);
      await inParts(list, change);
      const known = this.#keys.get(keyName);
      if (known !== undefined) known.newcomers = undefined;
      const after = this.newcomers(keyName);
      for (const day of after.daysThatDiffer(before)) touched.add(day);
      const isLearnedAnew = before.learnedMs !== after.learnedMs;
      const changed = new Set(list.map(({ principalId }) => boundedName(principalId)));
      for (const { sk } of await this.#table.query(grantsPkOf(keyName))) {
        const [day = '', grantee = ''] = sk.split('|');
        if (isLearnedAnew || changed.has(grantee)) touched.add(day);
      }
    }
    return touched;
  }

  async #lower(seen: FirstSeen): Promise<void> {
    const { keyName, principalId, firstMs } = seen;
    const known = this.#keys.get(keyName);
    const sk = boundedName(principalId);
    const day = dayOf(firstMs);
    // Before the entry: a first use without its day would never be taken back.
    const fields = { key: keyName, principal: principalId };
    await this.#table.put({ ...dayKeyOf(day, keyName, principalId), fields });
    for (;;) {
      const entry = known?.entries.get(sk);
      if (entry?.seen !== undefined && entry.seen.firstMs < firstMs) return;
      const version = (entry?.version ?? 0) + 1;
      if (await this.#table.putIf(itemOf(seen, version), entry?.version)) {
        known?.entries.set(sk, { seen, version });
        const oldDay = entry?.seen === undefined ? undefined : dayOf(entry.seen.firstMs);
        if (oldDay !== undefined && oldDay !== day)
          await this.#table.write([], [dayKeyOf(oldDay, keyName, principalId)]);
        return;
      }
      await this.#read(keyName);
    }
  }

  async #remove({ keyName, principalId }: DatedPair, day: string): Promise<void> {
    const sk = boundedName(principalId);
    for (;;) {
      const known = this.#keys.get(keyName);
      const entry = known?.entries.get(sk);
      if (entry?.seen === undefined || dayOf(entry.seen.firstMs) !== day) return;
      const version = entry.version + 1;
      if (await this.#table.putIf({ pk: pkOf(keyName), sk, version, fields: { gone: 1 } }, entry.version)) {
        known?.entries.set(sk, { version });
        return;
      }
      await this.#read(keyName);
    }
  }

  async #read(keyName: string): Promise<void> {
    const items = await this.#table.query(pkOf(keyName));
    const entries = new Map(items.map((item) => [item.sk, entryOf(item, keyName)]));
    const known = this.#keys.get(keyName);
    if (known === undefined) this.#keys.set(keyName, { entries, newcomers: undefined });
    else {
      known.newcomers = undefined;
      for (const [sk, entry] of entries) known.entries.set(sk, entry);
    }
  }
}

function seenIn({ entries }: KnownKey): FirstSeen[] {
  return [...entries.values()].flatMap(({ seen }) => seen ?? []);
}

function dayKeyOf(day: string, keyName: string, principalId: string): ItemKey {
  return { pk: dayPkOf(day), sk: `${boundedName(keyName)}|${boundedName(principalId)}` };
}

function itemOf(seen: FirstSeen, version: number): Item & { readonly version: number } {
  const { keyName, principalId, family, firstMs, eventId, surprise } = seen;
  const fields = {
    ...{ first: firstMs, principal: principalId, family, surprise },
    ...(eventId === undefined ? {} : { event: eventId }),
  };
  return { pk: pkOf(keyName), sk: boundedName(principalId), version, fields };
}

/** Items of an older Keytrail have only the time. */
function entryOf({ sk, version = 0, fields = {} }: Item, keyName: string): Entry {
  if (fields['gone'] === 1) return { version };
  const principalId = String(fields['principal'] ?? sk);
  const type = kindOfIdentityArn(principalId) ?? 'unknown';
  const family = String(fields['family'] ?? familyOf({ id: principalId, type }) ?? principalId);
  const surprise = fields['surprise'] === 'no' || fields['surprise'] === 'open' ? fields['surprise'] : 'yes';
  const event = fields['event'];
  return {
    version,
    seen: {
      ...{ keyName, principalId, family, firstMs: Number(fields['first']) },
      surprise: surprise satisfies Surprise,
      ...(event === undefined ? {} : { eventId: String(event) }),
    },
  };
}

async function inParts<One>(list: readonly One[], work: (one: One) => Promise<void>): Promise<void> {
  for (let start = 0; start < list.length; start += REQUESTS_AT_A_TIME)
    await Promise.all(list.slice(start, start + REQUESTS_AT_A_TIME).map(work));
}
