import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../../src/history/facts/table-keys.ts';
import type { GroupMembers, KeyDay } from '../../../src/history/pages/key-day.ts';
import {
  encodePointers,
  noPointers,
  pagesOfPrincipals,
  pointerBucketOf,
} from '../../../src/history/pages/principal-pointers.ts';

function aKeyDay(keyName: string, principalIds: readonly (string | null)[]): KeyDay {
  const groups = principalIds.map((id) => {
    const of = [id, 'role', null, 'Decrypt', 'x', 'success', null, null] as const;
    const members: GroupMembers = [...of, 'none', [], [], [], null, null];
    return { hour: 1, members, count: 1, firstMs: 0, lastMs: 0 };
  });
  return { keyName, groups, ranges: [] };
}

const aDay = fc
  .uniqueArray(fc.tuple(fc.string(), fc.array(fc.option(fc.string()))), {
    selector: ([keyName]) => keyName,
  })
  .map((keys) => keys.map(([keyName, ids]) => aKeyDay(keyName, ids)));

function pagesOf(keyDays: readonly KeyDay[], id: string): number[] {
  const body = encodePointers(keyDays).get(pointerBucketOf(id));
  return [...pagesOfPrincipals(body === undefined ? [] : [{ body }], [id])].sort((a, b) => a - b);
}

describe('pointers of principals', () => {
  it('lead to every page with uses by a principal and, where hashes do not meet, to no other', () => {
    fc.assert(
      fc.property(aDay, (keyDays) => {
        const ids = new Set(
          keyDays.flatMap(({ groups }) => groups.flatMap(({ members }) => members[0] ?? [])),
        );
        for (const id of ids) {
          const used = keyDays.filter(({ groups }) => groups.some(({ members }) => members[0] === id));
          const pages = new Set(used.map(({ keyName }) => bucketOf(keyName)));
          expect(pagesOf(keyDays, id)).toEqual([...pages].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('lead nowhere for a principal that the day does not have', () => {
    expect(pagesOf([aKeyDay('key', ['one', 'two', null])], 'three')).toEqual([]);
    expect(pagesOfPrincipals([{ body: noPointers() }], ['one'])).toEqual(new Set());
  });

  it('are the same bytes in whatever order the keys come', () => {
    fc.assert(
      fc.property(aDay, (keyDays) => {
        const sorted = (pointers: ReadonlyMap<number, Uint8Array>) => [...pointers].sort(([a], [b]) => a - b);
        expect(sorted(encodePointers(keyDays.toReversed()))).toEqual(sorted(encodePointers(keyDays)));
      }),
    );
  });
});
