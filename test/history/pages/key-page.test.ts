import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Group, GroupMembers, KeyDay, RowRange } from '../../../src/history/pages/key-day.ts';
import { decodePage, encodePage } from '../../../src/history/pages/key-page.ts';
import { KeytrailError } from '../../../src/keytrail-error.ts';
import { dayStart, HOUR_MS } from '../../../src/utc-time.ts';
import { keyArn, otherKeyArn } from '../../builders/cloud-trail-record.ts';

const START = dayStart('2026-03-01');
const OTHER_DAY = dayStart('1969-12-30');

const aMembers = fc.tuple(
  fc.option(fc.string()),
  fc.constantFrom('role', 'user'),
  fc.option(fc.constantFrom('111122223333', '444455556666')),
  fc.constantFrom('Decrypt', 'Encrypt', 'é\n'),
  fc.constant('cryptographic'),
  fc.constantFrom('success', 'denied'),
  fc.constant('111122223333'),
  fc.constant(null),
  fc.constantFrom('none', 'strong', 'ambiguous'),
  fc.array(fc.string(), { maxLength: 2 }),
  fc.constant<string[]>([]),
  fc.array(fc.option(fc.nat()), { maxLength: 2 }),
  fc.constantFrom('volume', 'output', null),
  fc.constantFrom('a'.repeat(64), null),
);

/** Times of day: whole seconds in some pages, any millisecond in others. */
const aSpan = (unit: number, fromMs: number, toMs: number) =>
  fc
    .tuple(fc.nat((toMs - fromMs) / unit - 1), fc.nat((toMs - fromMs) / unit - 1))
    .map(([a, b]) => ({ firstMs: fromMs + Math.min(a, b) * unit, lastMs: fromMs + Math.max(a, b) * unit }));

const aGroup = (unit: number, start: number): fc.Arbitrary<Group> =>
  fc.nat(23).chain((hour) =>
    fc
      .record({
        members: aMembers,
        count: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 2 ** 40 })),
        span: aSpan(unit, start + hour * HOUR_MS, start + (hour + 1) * HOUR_MS),
      })
      .map(({ members, count, span }) => ({
        hour,
        members,
        count,
        firstMs: span.firstMs,
        lastMs: count === 1 ? span.firstMs : span.lastMs,
      })),
  );

const aRange = (unit: number, start: number): fc.Arbitrary<RowRange> =>
  fc
    .record({
      slot: fc.nat(23),
      chunk: fc.nat(300),
      start: fc.nat(600),
      count: fc.integer({ min: 1, max: 600 }),
      isException: fc.boolean(),
      span: aSpan(unit, start, start + 24 * HOUR_MS),
    })
    .map(({ span, ...range }) => ({ ...range, ...span }));

const aPage = (start: number): fc.Arbitrary<KeyDay[]> =>
  fc
    .constantFrom(1, 1000)
    .chain((unit) =>
      fc.uniqueArray(
        fc.record({
          keyName: fc.constantFrom(keyArn, otherKeyArn, 'ref:111122223333/us-west-2/alias/é', 'none:/'),
          groups: fc.uniqueArray(aGroup(unit, start), {
            maxLength: 12,
            selector: ({ hour, members }) => JSON.stringify([hour, members]),
          }),
          ranges: fc.uniqueArray(aRange(unit, start), {
            maxLength: 12,
            selector: ({ slot, chunk, start: row }) => JSON.stringify([slot, chunk, row]),
          }),
        }),
        { selector: ({ keyName }) => keyName, maxLength: 4 },
      ),
    )
    .map((keyDays) =>
      keyDays.map((keyDay): KeyDay => {
        const { keyName } = keyDay;
        if (keyName.startsWith('arn:')) return { ...keyDay, keyArn: keyName };
        return keyName.startsWith('ref:') ? { ...keyDay, keyRef: 'alias/é' } : keyDay;
      }),
    );

/** Groups and ranges in one order, whichever they came in. */
function ordered(keyDays: readonly KeyDay[]) {
  const byJson = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return keyDays.map((keyDay) => ({
    ...keyDay,
    groups: keyDay.groups.map(({ ...group }) => group).sort(byJson),
    ranges: keyDay.ranges.map(({ ...range }) => range).sort(byJson),
  }));
}

describe('a page of key-days', () => {
  it.each([START, OTHER_DAY])(
    'says after decoding what was encoded, of the day that starts at %i',
    (start) => {
      fc.assert(
        fc.property(aPage(start), (keyDays) => {
          expect(ordered(decodePage({ body: encodePage(keyDays, start) }, start))).toEqual(
            ordered(JSON.parse(JSON.stringify(keyDays)) as KeyDay[]),
          );
        }),
      );
    },
  );

  it('is the same bytes whatever order the groups and ranges of a key come in', () => {
    fc.assert(
      fc.property(aPage(START), (keyDays) => {
        const turned = keyDays.map(({ groups, ranges, ...rest }) => ({
          ...rest,
          groups: groups.toReversed(),
          ranges: ranges.toReversed(),
        }));
        expect(encodePage(turned, START)).toEqual(encodePage(keyDays, START));
      }),
    );
  });

  it('of an earlier version says of no group which key material it used', () => {
    fc.assert(
      fc.property(aPage(START), (keyDays) => {
        const membersOf = (changed: (members: GroupMembers) => readonly unknown[]) =>
          keyDays.map((keyDay) => ({
            ...keyDay,
            groups: keyDay.groups.map((group) => ({
              ...group,
              members: changed(group.members) as GroupMembers,
            })),
          }));
        const page = encodePage(
          membersOf((members) => members.slice(0, -1)),
          START,
        );
        const expected = membersOf((members) => [...members.slice(0, -1), null]);
        const keysOf = (days: readonly KeyDay[]) =>
          days
            .flatMap(({ groups }) => groups.map(({ hour, members }) => JSON.stringify([hour, members])))
            .sort();
        expect(keysOf(decodePage({ body: page }, START))).toEqual(keysOf(expected));
      }),
    );
  });

  it('is refused where bytes are missing', () => {
    const page = encodePage([{ keyName: keyArn, keyArn, groups: [], ranges: [] }], START);
    expect(() => decodePage({ body: page.subarray(0, -1) }, START)).toThrow(KeytrailError);
    expect(() => decodePage({}, START)).toThrow(KeytrailError);
  });
});
