import { beforeAll, describe, expect, it } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import type { UsageFilter } from '../../../src/history/query/questions.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { aDecrypt, aResource, keyArn, otherKeyArn } from '../../builders/cloud-trail-record.ts';
import { comparable } from '../../oracle/oracle.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append, EVERYTHING, everyRow, oracleOf } from '../delivered-records.ts';

/** More rows of a key than a chunk holds, many at one second, of three slots and two days, some denied. */
const RECORDS = Array.from({ length: 4_200 }, (_, n) => {
  const second = Math.floor(n / 7) * 61;
  const time = new Date(Date.parse('2026-03-01T20:00:00Z') + second * 1_000);
  const isOther = n % 5 === 0;
  return aDecrypt({
    eventTime: time.toISOString().replace('.000Z', 'Z'),
    eventID: guid('in order', n),
    userIdentity: {
      type: 'IAMUser',
      arn: `arn:aws:iam::111122223333:user/${n % 40 === 3 ? 'rare' : 'usual'}`,
      accountId: '111122223333',
    },
    resources: [aResource(isOther ? otherKeyArn : keyArn)],
    ...(n % 11 === 0 ? { errorCode: 'AccessDenied' } : {}),
  });
});
const oracle = oracleOf(RECORDS);

const FILTERS: readonly [string, UsageFilter][] = [
  ['a key', { ...EVERYTHING, key: [keyArn] }],
  ['two keys', { ...EVERYTHING, key: [keyArn, otherKeyArn] }],
  ['the denied of a key', { ...EVERYTHING, key: [keyArn], outcome: ['denied'] }],
  ['a principal', { ...EVERYTHING, principal: ['arn:aws:iam::111122223333:user/rare'] }],
  [
    'a key and a principal in a window that cuts hours',
    {
      key: [keyArn],
      principal: ['arn:aws:iam::111122223333:user/usual'],
      fromMs: Date.parse('2026-03-01T21:13:20Z'),
      toMs: Date.parse('2026-03-02T02:31:07Z'),
    },
  ],
];

describe('rows of keys and principals, page by page', () => {
  const table = new MemoryTable();
  const unsealed = new MemoryTable();
  beforeAll(async () => {
    await append(table, RECORDS.slice(0, 2_000), 'me');
    await sealAll(table, 'me', 'test');
    await append(table, RECORDS.slice(2_000), 'me');
    await sealAll(table, 'me', 'test');
    await append(unsealed, RECORDS, 'me');
  });

  it.each(FILTERS)('come in order, each once, forwards and backwards: of %s', async (_, filter) => {
    const expected = oracle.usage(filter).map(comparable);
    expect(expected.length).toBeGreaterThan(50);
    for (const store of [table, unsealed]) {
      const history = new History(store);
      for (const limit of [61, 1_000]) {
        const rows = await everyRow(history, filter, { limit });
        expect(rows.map(comparable)).toEqual(expected);
        const backwards = await everyRow(history, filter, { order: 'desc', limit });
        expect(backwards.map(comparable)).toEqual(expected.toReversed());
      }
    }
  });

  it('need few chunks for a first page', async () => {
    let chunks = 0;
    const { getAll } = table;
    table.getAll = async (keys) => {
      chunks += keys.filter(({ pk }) => pk.startsWith('C#')).length;
      return getAll.call(table, keys);
    };
    try {
      const { items } = await new History(table).usage(
        { ...EVERYTHING, key: [keyArn] },
        { limit: 100, order: 'asc' },
      );
      expect(items).toHaveLength(100);
    } finally {
      table.getAll = getAll;
    }
    // The first of its successes and the first of its exceptions.
    expect(chunks).toBeLessThanOrEqual(2);
  });
});
