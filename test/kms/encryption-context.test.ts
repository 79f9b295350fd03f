import { expect, test } from 'vitest';
import { encryptionContextOf } from '../../src/kms/encryption-context.ts';

test('is the pairs as recorded, whole however long', () => {
  const context = { 'aws:s3:arn': `arn:aws:s3:::bucket/${'x'.repeat(10_000)}`, Department: '' };
  expect(encryptionContextOf(context, 'encryptionContext')).toEqual(context);
});

test('is read where it was left as JSON in a string', () => {
  expect(encryptionContextOf('{"Project":"Alpha"}', 'encryptionContext')).toEqual({ Project: 'Alpha' });
});

test('keeps the JSON of a value that is no string', () => {
  const context = { a: 1, b: null, c: { d: [true] }, e: 'text' };
  expect(encryptionContextOf(context, 'encryptionContext')).toEqual({
    a: '1',
    b: 'null',
    c: '{"d":[true]}',
    e: 'text',
  });
});

test.each([
  ['U2FtcGxl', 'U2FtcGxl'],
  [7, '7'],
  [['a'], '["a"]'],
])('is one pair under the name of the member where the record has %j in place of pairs', (value, text) => {
  expect(encryptionContextOf(value, 'sourceAAD')).toEqual({ sourceAAD: text });
});

test.each([undefined, null, '', {}, '{}'])('is absent where the record has %j', (value) => {
  expect(encryptionContextOf(value, 'encryptionContext')).toBeUndefined();
});

test.each(['{"__proto__":"x","constructor":"y"}', '{"__proto__":{"a":1},"constructor":"y"}'])(
  'keeps a pair that is named __proto__ and reaches no prototype: %s',
  (json) => {
    const context = encryptionContextOf(JSON.parse(json), 'encryptionContext') ?? {};
    expect(Object.keys(context)).toEqual(['__proto__', 'constructor']);
    expect(Object.values(context).every((value) => typeof value === 'string')).toBe(true);
    expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
    expect('a' in {}).toBe(false);
  },
);

test('replaces lone surrogates in names and in values', () => {
  expect(encryptionContextOf({ 'a\ud800': 'b\udc00', c: 'd' }, 'encryptionContext')).toEqual({
    'a\ufffd': 'b\ufffd',
    c: 'd',
  });
});

test('does not change what it was given', () => {
  const context = Object.freeze({ a: 1 });
  encryptionContextOf(context, 'encryptionContext');
  expect(context).toEqual({ a: 1 });
});
