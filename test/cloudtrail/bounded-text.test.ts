import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedText, type CutMembers } from '../../src/cloudtrail/bounded-text.ts';

function bounded(value: unknown): { text: string | undefined; cut: readonly string[] | undefined } {
  const cut: CutMembers = { names: undefined };
  return { text: boundedText(value, 'userAgent', cut), cut: cut.names };
}

test.each([
  ['4,096 ASCII characters', 'a'.repeat(4096)],
  ['2,048 characters of two bytes', 'é'.repeat(2048)],
  ['1,365 characters of three bytes', '키'.repeat(1365)],
  ['1,024 characters of four bytes', '🔑'.repeat(1024)],
])('keeps %s whole', (_, text) => {
  expect(bounded(text)).toEqual({ text, cut: undefined });
});

test.each([
  ['4,097 ASCII characters', 'a'.repeat(4097), 'a'.repeat(4096)],
  ['2,049 characters of two bytes', 'é'.repeat(2049), 'é'.repeat(2048)],
  ['1,366 characters of three bytes', '키'.repeat(1366), '키'.repeat(1365)],
  ['a character of four bytes over the edge', `a${'🔑'.repeat(1024)}`, `a${'🔑'.repeat(1023)}`],
])('cuts %s between characters and says so', (_, text, expected) => {
  expect(bounded(text)).toEqual({ text: expected, cut: ['userAgent'] });
});

test.each([[''], [null], [undefined], [5], [true], [{}], [['a']]])('finds no text in %j', (value) => {
  expect(bounded(value)).toEqual({ text: undefined, cut: undefined });
});

test('lists a member once, however many of its strings are cut', () => {
  const cut: CutMembers = { names: undefined };
  boundedText('a'.repeat(5000), 'grant.operations', cut);
  boundedText('b'.repeat(5000), 'grant.operations', cut);
  boundedText('c'.repeat(5000), 'userAgent', cut);
  expect(cut.names).toEqual(['grant.operations', 'userAgent']);
});

test('gives text that UTF-8 can hold, within the bound, and the beginning of what was given', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 8000, size: 'max' }), (value) => {
      const { text, cut } = bounded(value);
      expect(Buffer.from(text ?? '', 'utf8').toString('utf8')).toBe(text);
      expect(Buffer.byteLength(text ?? '', 'utf8')).toBeLessThanOrEqual(4096);
      expect(value.toWellFormed().startsWith(text ?? '?')).toBe(true);
      expect(cut === undefined).toBe(text === value.toWellFormed());
    }),
    { numRuns: 50 },
  );
});

test('replaces lone surrogates, in short text and in long', () => {
  expect(bounded('a\ud83db').text).toBe('a\ufffdb');
  expect(bounded(`${'x'.repeat(5000)}\ud83d`).text).toBe('x'.repeat(4096));
});
