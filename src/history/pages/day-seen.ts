import type { StoredBody } from '../../table/corrupt-item.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import { compareTexts } from '../../text/text-order.ts';
import { DAY_MS, HOUR_MS } from '../../utc-time.ts';
import { AT } from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';
import { type KeyDay, MEMBER } from './key-day.ts';

/** The hours of a day in which an account and Region had rows: bit 0 is 00:00. */
export interface SeenHours {
  readonly accountId: string;
  readonly region: string;
  readonly hours: number;
}

/** What a day has rows of, without reading them. A row without account or Region is nowhere. */
export interface DaySeen {
  readonly places: readonly SeenHours[];
  readonly regions: readonly string[];
  readonly operations: readonly string[];
}

/** Gathers where, when and of which operations there are rows. */
export class SeenGatherer {
  readonly #hours = new Map<string, number>();
  readonly #regions = new Set<string>();
  readonly #operations = new Set<string>();

  /** @param hours as bits */
  add(accountId: string | null, region: string | null, operation: string, hours: number): void {
    this.#operations.add(operation);
    if (region === null) return;
    this.#regions.add(region);
    if (accountId === null) return;
    const place = `${accountId}\n${region}`;
    this.#hours.set(place, (this.#hours.get(place) ?? 0) | hours);
  }

  addAll({ places, regions, operations }: DaySeen): void {
    for (const operation of operations) this.#operations.add(operation);
    for (const region of regions) this.#regions.add(region);
    for (const { accountId, region, hours } of places) {
      const place = `${accountId}\n${region}`;
      this.#hours.set(place, (this.#hours.get(place) ?? 0) | hours);
    }
  }

  /** Sorted. */
  seen(): DaySeen {
    const places = [...this.#hours]
      .sort(([a], [b]) => compareTexts(a, b))
      .map(([place, hours]) => {
        const [accountId = '', region = ''] = place.split('\n');
        return { accountId, region, hours };
      });
    return { places, regions: [...this.#regions].sort(), operations: [...this.#operations].sort() };
  }
}

/** What a day has rows of, out of its key-days. A folded use counts for each account that logged it. */
export function seenInKeyDays(keyDays: readonly KeyDay[]): DaySeen {
  const gatherer = new SeenGatherer();
  for (const { groups } of keyDays) {
    for (const { members, hour } of groups) {
      for (const account of [members[MEMBER.accountId], ...members[MEMBER.accounts]])
        gatherer.add(account, members[MEMBER.region], members[MEMBER.operation], 1 << hour);
    }
  }
  return gatherer.seen();
}

/**
 * What facts that are not sealed yet are of.
 * @param startMs of the day; facts of other days are boundary rows
 */
export function seenInFacts(facts: RowSet, startMs: number): DaySeen {
  const hours = new Map<number, number>();
  for (let row = 0; row < facts.length; row++) {
    const sinceMs = (facts.times[row] as number) - startMs;
    if (sinceMs < 0 || sinceMs >= DAY_MS) continue;
    const profile = facts.profile[row] as number;
    hours.set(profile, (hours.get(profile) ?? 0) | (1 << Math.floor(sinceMs / HOUR_MS)));
  }
  const gatherer = new SeenGatherer();
  for (const [number, mask] of hours) {
    const profile = facts.profileAt(number);
    gatherer.add(profile[AT.accountId], profile[AT.region], profile[AT.operation], mask);
  }
  return gatherer.seen();
}

interface StoredSeen {
  readonly format: 1;
  readonly places: readonly (readonly [accountId: string, region: string, hours: number])[];
  readonly regions: readonly string[];
  readonly operations: readonly string[];
}

export function encodeDaySeen({ places, regions, operations }: DaySeen): Uint8Array {
  const stored = places.map(({ accountId, region, hours }) => [accountId, region, hours] as const);
  return encodeJson({ format: 1, places: stored, regions, operations } satisfies StoredSeen);
}

/** @throws KeytrailError `corrupt-item` */
export function decodeDaySeen(item: StoredBody): DaySeen {
  const { places, regions, operations } = decodeJson<StoredSeen>(item, 'What a day has rows of');
  return {
    places: places.map(([accountId, region, hours]) => ({ accountId, region, hours })),
    regions,
    operations,
  };
}
