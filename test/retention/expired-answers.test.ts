import { beforeAll, describe, expect, test } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import { aDecrypt, aUser } from '../builders/cloud-trail-record.ts';
import { append, everyRow } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { NOW_MS, run } from './old-days.ts';

const ALL = { limit: 100 };
const keyOf = (name: string) => `arn:aws:kms:us-east-1:111122223333:key/${name}`;
const OLD_KEY = keyOf('00000000-0000-4000-8000-000000000001');
const KEPT_KEY = keyOf('00000000-0000-4000-8000-000000000002');

/** Uses a second apart, over the midnight before which all expires. */
const LAST_EXPIRED = use('last-expired', '2025-01-09T23:59:59Z', OLD_KEY, 'old');
const FIRST_KEPT = use('first-kept', '2025-01-10T00:00:00Z', KEPT_KEY, 'kept');

function use(eventID: string, eventTime: string, arn: string, userName: string) {
  const by = aUser({ userName, arn: `arn:aws:iam::111122223333:user/${userName}` });
  const resources = [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }];
  return aDecrypt({ by, eventTime, eventID, resources });
}

describe('once a day has expired', () => {
  let history: History;

  beforeAll(async () => {
    const table = new MemoryTable();
    await append(table, [LAST_EXPIRED, FIRST_KEPT], 'me');
    await sealAll(table, 'me', 'test');
    await sweep(table);
    // A reader from before, with what it has decoded.
    history = new History(table);
    expect(await everyRow(history)).toHaveLength(2);
    expect((await history.keys(ALL)).items).toHaveLength(2);
    await run(table);
  });

  test('rows end with the second before midnight', async () => {
    expect((await everyRow(history)).map(({ eventId }) => eventId)).toEqual(['first-kept']);
  });

  test.each([
    ['ends with the expired day', '2025-01-01', '2025-01-10', true],
    ['has its last millisecond', '2025-01-09T23:59:59.999Z', '2025-02-01', true],
    ['begins with the first day that is kept', '2025-01-10', '2025-02-01', false],
    ['ends where the expired day begins', '2025-01-01', '2025-01-09', false],
  ])('a window that %s says so: %s to %s, %s', async (_, from, to, isWithin) => {
    const window = { fromMs: Date.parse(from), toMs: Date.parse(to) };
    const expected = isWithin ? '2025-01-10T00:00:00Z' : undefined;
    expect((await history.usage(window, { ...ALL, order: 'asc' })).expiredBefore).toBe(expected);
    expect((await history.usage({ ...window, key: [OLD_KEY] }, { ...ALL, order: 'desc' })).items).toEqual([]);
    expect((await history.summary(window, ['key'], ALL)).expiredBefore).toBe(expected);
  });

  test('keys and principals that only it knew are gone', async () => {
    expect((await history.keys(ALL)).items.map(({ arn }) => arn)).toEqual([KEPT_KEY]);
    const expected = { expiredBefore: '2025-01-10T00:00:00Z' };
    expect(await history.keys(ALL)).toMatchObject(expected);
    expect(await history.key(KEPT_KEY)).toMatchObject(expected);
    expect(await history.principals(ALL)).toMatchObject(expected);
    expect(await history.principal('arn:aws:iam::111122223333:user/kept')).toMatchObject(expected);
    expect(await history.jobs({ fromMs: 0, toMs: NOW_MS }, ALL)).toMatchObject(expected);
    expect(await history.expiredBefore()).toBe(expected.expiredBefore);
    expect(await history.key(OLD_KEY)).toBeUndefined();
    expect((await history.principals(ALL)).items.map(({ id }) => id)).toEqual([
      'arn:aws:iam::111122223333:user/kept',
    ]);
    expect(await history.principal('arn:aws:iam::111122223333:user/old')).toBeUndefined();
  });

  test('its events are found no more, by their ids or by a summary of all times', async () => {
    expect(await history.event('last-expired')).toEqual([]);
    expect(await history.event('first-kept')).toHaveLength(1);
    const { items } = await history.summary({ fromMs: 0, toMs: NOW_MS }, ['key', 'day'], ALL);
    expect(items).toMatchObject([{ key: KEPT_KEY, day: '2025-01-10', count: 1 }]);
  });
});

test('where all has expired, a question that names no time says so in its answer', async () => {
  const table = new MemoryTable();
  await append(table, [LAST_EXPIRED], 'me');
  await sealAll(table, 'me', 'test');
  await run(table);
  const history = new History(table);
  const coverage = { hours: 0, observed: 0, silent: 0 };
  const expected = { items: [], coverage, expiredBefore: '2025-01-10T00:00:00Z' };
  const window = { from: '2025-01-10T00:00:00Z', to: '2025-01-10T00:00:00Z' };
  expect(await history.usage({}, { ...ALL, order: 'desc' })).toEqual({ ...expected, window });
  expect(await history.summary({ key: [OLD_KEY] }, ['key'], ALL)).toEqual({ ...expected, window });
});
