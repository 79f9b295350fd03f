import { describe, expect, it, test } from 'vitest';
import { type DaySeal, decodeDaySeal, encodeDaySeal } from '../../src/proof/day-seal.ts';

const SEAL: DaySeal = {
  day: '2026-03-01',
  version: 2,
  root: '000002.AbCdEfGh',
  rootHash: 'h',
  follows: '000001.AbCdEfGh',
  previous: 4,
  rows: 10,
  facts: 12,
  factsRoot: 'f',
  judgementsRoot: 'j',
  firstMs: 1,
  lastMs: 2,
};
const TEXT =
  '{"day":"2026-03-01","facts":12,"factsRoot":"f","firstMs":1,"follows":"000001.AbCdEfGh","format":1,"judgementsRoot":"j","lastMs":2,"previous":4,"root":"000002.AbCdEfGh","rootHash":"h","rows":10,"version":2}';
const read = (text: string) => decodeDaySeal({ pk: 'seal', sk: '000000000005', body: Buffer.from(text) });

describe('a leaf of the log of sealed days', () => {
  it('is canonical JSON, whatever the order of its members in memory', () => {
    expect(encodeDaySeal(SEAL).toString()).toBe(TEXT);
    const backwards = Object.fromEntries(Object.entries(SEAL).reverse());
    expect(encodeDaySeal(backwards as unknown as DaySeal).toString()).toBe(TEXT);
    expect(read(TEXT)).toEqual(SEAL);
  });

  it('may have members that this version does not know', () => {
    expect(read(TEXT.replace('{', '{"coverage":{"hours":24},'))).toEqual(SEAL);
  });

  it('of a newer format is refused in a sentence that says so', () => {
    expect(() => read(TEXT.replace('"format":1', '"format":2'))).toThrow(
      'A seal in the log was written by a newer Keytrail (format 2); use that version.',
    );
  });

  test.each([
    ['nothing', ''],
    ['no JSON', TEXT.slice(0, -1)],
    ['a list', `[${TEXT}]`],
    ['no root', TEXT.replace('"root":', '"Root":')],
    ['a count as text', TEXT.replace('"rows":10', '"rows":"10"')],
    ['half a row', TEXT.replace('"rows":10', '"rows":1.5')],
  ])('that is %s is damaged, and named by its item', (_what, text) => {
    expect(() => read(text)).toThrow('A seal in the log (pk seal, sk 000000000005) is damaged.');
  });
});
