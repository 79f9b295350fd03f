import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AliasFact,
  compactAliasFacts,
  compareAliasFacts,
  keyOfAlias,
  timelineDifferences,
} from '../../src/kms/alias-timeline.ts';
import type { KeyArn } from '../../src/kms/key-use.ts';
import { DAY_MS } from '../../src/utc-time.ts';
import { keyArn, otherKeyArn } from '../builders/cloud-trail-record.ts';

/** Few times, so that facts meet within a second and within a day. */
const aTime = fc
  .tuple(fc.nat(2), fc.constantFrom(0, 1_000, 2_000, 3_000, DAY_MS - 1_000))
  .map(([day, timeMs]) => day * DAY_MS + timeMs);
const anArn = fc.constantFrom(keyArn, otherKeyArn) as fc.Arbitrary<KeyArn>;
const aFact: fc.Arbitrary<AliasFact> = fc.oneof(
  fc.record({ timeMs: aTime, kind: fc.constant('seen' as const), keyArn: anArn }),
  fc.record({ timeMs: aTime, kind: fc.constant('set' as const), keyArn: anArn }),
  fc.record({ timeMs: aTime, kind: fc.constant('deleted' as const) }),
  fc.record({ timeMs: aTime, kind: fc.constant('deleted' as const), keyArn: anArn }),
);
const someFacts = fc.array(aFact, { maxLength: 10 });
const inOrder = (facts: readonly AliasFact[]) => [...facts].sort(compareAliasFacts);
const timesAbout = (facts: readonly AliasFact[]) =>
  [0, ...facts.map(({ timeMs }) => timeMs)].flatMap((timeMs) => [timeMs - 1, timeMs, timeMs + 1]);

describe('compacted facts of an alias', () => {
  it('mean the same at any time', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const compacted = compactAliasFacts(inOrder(facts));
        for (const timeMs of timesAbout(facts)) {
          expect(keyOfAlias(compacted, timeMs)).toBe(keyOfAlias(inOrder(facts), timeMs));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('are the same of all facts, and of those that remain with any others', () => {
    fc.assert(
      fc.property(someFacts, fc.array(fc.boolean()), (facts, chosen) => {
        const compacted = compactAliasFacts(inOrder(facts));
        const some = facts.filter((_, place) => chosen[place] === true);
        expect(compactAliasFacts(inOrder([...compacted, ...some, ...compacted]))).toEqual(compacted);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of two batches say what an alias meant when each day began, and what it means on days of one batch', () => {
    fc.assert(
      fc.property(someFacts, someFacts, (one, other) => {
        const all = inOrder([...one, ...other]);
        const joined = inOrder([...compactAliasFacts(inOrder(one)), ...compactAliasFacts(inOrder(other))]);
        expect(joined[0]?.timeMs).toBe(all[0]?.timeMs);
        const days = new Set(all.map(({ timeMs }) => Math.floor(timeMs / DAY_MS)));
        for (const day of days) {
          const ofDay = (facts: readonly AliasFact[]) =>
            facts.filter(({ timeMs }) => Math.floor(timeMs / DAY_MS) === day);
          expect(compareAliasFacts(ofDay(joined)[0] as AliasFact, ofDay(all)[0] as AliasFact)).toBe(0);
          if (ofDay(one).length > 0 && ofDay(other).length > 0) continue;
          expect(compactAliasFacts(ofDay(joined))).toEqual(compactAliasFacts(ofDay(all)));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('of two batches may lack what only both together show of a day', () => {
    const seen = (timeMs: number): AliasFact => ({ timeMs, kind: 'seen', keyArn: keyArn as KeyArn });
    const set: AliasFact = { timeMs: 2_000, kind: 'set', keyArn: otherKeyArn as KeyArn };
    const joined = [...compactAliasFacts([seen(1_000), seen(3_000)]), set];
    expect(keyOfAlias(joined, 3_000)).toBe(otherKeyArn);
    expect(keyOfAlias([seen(1_000), set, seen(3_000)], 3_000)).toBe(keyArn);
  });
});

it('two lists of facts differ at the times at which they give different keys', () => {
  fc.assert(
    fc.property(someFacts, someFacts, (one, other) => {
      const [before, after] = [inOrder(one), inOrder(other)];
      const spans = timelineDifferences(before, after);
      for (const timeMs of timesAbout([...one, ...other])) {
        const isIn = spans.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);
        expect(isIn).toBe(keyOfAlias(before, timeMs) !== keyOfAlias(after, timeMs));
      }
    }),
    { numRuns: 1_000 },
  );
});
