import type { StoredBody } from '../../table/corrupt-item.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import { compareTexts } from '../../text/text-order.ts';
import { type KeyDay, MEMBER } from './key-day.ts';

/** The hours of a day in which an account and Region had rows: bit 0 is 00:00. */
export interface SeenHours {
  readonly accountId: string;
  readonly region: string;
  readonly hours: number;
}

/**
 * Where and when a day has rows, out of its key-days; sorted. A folded use counts for each account that logged it. A row
 * without account or Region is nowhere.
 */
export function seenHoursOf(keyDays: readonly KeyDay[]): SeenHours[] {
  const hours = new Map<string, number>();
  for (const { groups } of keyDays) {
    for (const { members, hour } of groups) {
      const region = members[MEMBER.region];
      if (region === null) continue;
      for (const account of new Set([members[MEMBER.accountId], ...members[MEMBER.accounts]])) {
        if (account === null) continue;
        const place = `${account}\n${region}`;
        hours.set(place, (hours.get(place) ?? 0) | (1 << hour));
      }
    }
  }
  return [...hours]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([place, mask]) => {
      const [accountId = '', region = ''] = place.split('\n');
      return { accountId, region, hours: mask };
    });
}

interface StoredHours {
  readonly format: 1;
  readonly places: readonly (readonly [accountId: string, region: string, hours: number])[];
}

export function encodeSeenHours(seen: readonly SeenHours[]): Uint8Array {
  const places = seen.map(({ accountId, region, hours }) => [accountId, region, hours] as const);
  return encodeJson({ format: 1, places } satisfies StoredHours);
}

/** @throws KeytrailError `corrupt-item` */
export function decodeSeenHours(item: StoredBody): SeenHours[] {
  const { places } = decodeJson<StoredHours>(item, 'The hours that accounts were seen in');
  return places.map(([accountId, region, hours]) => ({ accountId, region, hours }));
}
