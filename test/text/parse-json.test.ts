import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/text/parse-json.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

/** Names that V8 may take one for the other: of the first, as JSON writes it, the second is the beginning. */
const CONFUSED: readonly [name: string, takenFor: string][] = [
  ['\n', '\\'],
  ['"', '\\'],
  ['a"b', 'a\\"'],
  ['a\tb', 'a\\t'],
];

describe('parseJson', () => {
  test.each(CONFUSED)('reads the name %j, whatever was read before', (name, takenFor) => {
    for (let round = 0; round < 3; round++) {
      const before = `before ${round} ${name}`;
      // A map of V8's with this as its second name, and no other.
      parseJson(JSON.stringify({ [before]: 1, [takenFor]: 2 }));
      const object = parseJson(JSON.stringify({ [before]: 1, [name]: 2 }));
      expect(Object.keys(Object(object))).toEqual([before, name]);
    }
  });

  test('reads what JSON.stringify wrote, however the names are written', () => {
    const aName = fc.oneof(
      fc.constantFrom('\n', '\\', '"', '\t', 'a', '\\"', 'a"b', 'a\\"', '__proto__', '0', '\u2028'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const { aValue } = fc.letrec<{ aValue: unknown }>((tie) => ({
      aValue: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(aName, fc.integer(), fc.double({ noDefaultInfinity: true, noNaN: true }), fc.boolean()),
        fc.constant(null),
        fc.array(tie('aValue'), { maxLength: 4 }),
        fc
          .array(fc.tuple(aName, tie('aValue')), { maxLength: 5 })
          .map((members) => Object.fromEntries(members)),
      ),
    }));
    fc.assert(
      fc.property(aValue, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(JSON.stringify(parseJson(text), undefined, space)).toBe(text);
      }),
      { numRuns: fuzzRuns(700) },
    );
  });

  test('takes of members of one name the last, also where they are written in two ways', () => {
    expect(parseJson('{"a":1,"b":[{"\\u0061":2,"a":{}}],"\\u0061":3}')).toEqual({ a: 3, b: [{ a: {} }] });
    const value = parseJson('{"\\n":0,"__proto__":1}');
    expect(Object.entries(Object(value))).toEqual([
      ['\n', 0],
      ['__proto__', 1],
    ]);
  });

  test.each([
    '"\\n"',
    ' -1.5e+3 ',
    '[]',
    '{ }',
    'null',
    ' [ "\\\\" , {"\\"" : [ true ,false , -0.1E-2 ]} ] ',
  ])('reads %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test.each(['', '{"\\n":1', '{"\\n":1}}', '{"\\x":1}', '{"\\n" 1}', '{"\\n":01}', '"\\', '\\'])(
    'throws on %s, which is no JSON',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  test('reads what nests deeper than calls can', () => {
    const depth = 200_000;
    let value = parseJson(`${'{"\\n":['.repeat(depth)}${']}'.repeat(depth)}`);
    let found = 0;
    for (; typeof value === 'object' && value !== null; found++) value = Object.values(value)[0];
    expect(found).toBe(2 * depth);
  });
});
