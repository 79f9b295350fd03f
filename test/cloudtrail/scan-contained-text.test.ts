import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContainedText } from '../../src/cloudtrail/scan-contained-text.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

test('finds a text exactly where a native search does, and in no neighbour', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 's', 'g', 'é'), maxLength: 60 });
  const aText = fc.oneof(
    fc.constantFrom('sagemaker', 'a', 'abab', 'aab'),
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(letters, aText, letters, fc.nat(10), fc.nat(10), (before, text, after, from, less) => {
      const bytes = Buffer.from(`${before}${text}${after}${text.slice(0, -1)}`);
      const start = Math.min(from, bytes.length);
      const end = Math.max(start, bytes.length - less);
      expect(new ContainedText(text).isWithin(bytes, start, end)).toBe(
        bytes.subarray(start, end).includes(text, 0, 'latin1'),
      );
    }),
    { numRuns: fuzzRuns(1_000) },
  );
});
