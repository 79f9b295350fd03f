import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkExpectation } from '../../src/expectations/check-expectation.ts';
import { readExpectationFile } from '../../src/expectations/read-file.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { anExpectation, nowMs } from './an-expectation.ts';

const runs = fuzzRuns(200);

const whole = anExpectation({
  only: { via: ['s3.amazonaws.com'], networks: ['10.0.0.0/8'], times: [{ from: '09:00', to: '17:00' }] },
  principals: [{ organisation: 'o-a1b2c3d4e5', accounts: ['111122223333'] }],
  from: '2026-01-01',
  expires: '2027-01-01',
});

/** Where a member stands, for each of an object's, at any depth. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name]))];
}

function replaced(value: unknown, [first, ...rest]: readonly string[], by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, place) => (String(place) === first ? replaced(item, rest, by) : item));
  return { ...Object(value), [first]: replaced(Object(value)[first], rest, by) };
}

const nearly = fc
  .tuple(
    fc.constantFrom(...pathsOf(whole)),
    fc.oneof(fc.jsonValue(), fc.constantFrom('2027-05-05', 'risk', 'Encrypt', 'ml', '10:00', undefined)),
  )
  .map(([path, by]) => replaced(whole, path, by));

test('whatever comes is an expectation or is told what is wrong, a sentence each', () => {
  let good = 0;
  expect(checkExpectation(whole, nowMs).kind).toBe('good');
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), nearly), (value) => {
      const checked = checkExpectation(value, nowMs);
      if (checked.kind === 'good') {
        good++;
        expect(checkExpectation(JSON.parse(JSON.stringify(checked.expectation)), nowMs)).toEqual(checked);
      } else {
        expect(checked.faults.length).toBeGreaterThan(0);
        for (const { sentence } of checked.faults) expect(sentence).toMatch(/\S{2}/);
      }
    }),
    { numRuns: runs },
  );
  expect(good).toBeGreaterThan(0);
});

test('whatever a file has in it, its faults have lines that it has', () => {
  const texts = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'[]{}:-&*!%|>"\'#?, \n\tax1'.split('')), maxLength: 60 }),
    fc.array(nearly, { maxLength: 3 }).map((expectations) => stringify({ expectations })),
    fc.constantFrom(
      'expectations: &a [*a]',
      'expectations: &a {b: *a}',
      'expectations:\n  - &a {id: x, keys: *a}',
      '%YAML 1.1\n---\nexpectations: [{id: x, expires: 2027-01-01, keys: !!set {a, b}}]',
      'expectations: [{id: .nan, keys: !!binary aGk=}]',
      '? [a, b]\n: c\nexpectations: []',
      '--- a\n--- b',
    ),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const lines = text.split('\n').length;
      for (const { line, sentence } of readExpectationFile(text, nowMs).faults) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines);
        expect(sentence).toMatch(/[.?]$/);
      }
    }),
    { numRuns: runs * 4 },
  );
});
