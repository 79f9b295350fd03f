import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SeenHours } from '../../../src/history/pages/day-seen.ts';
import { type AskedPlaces, coverageOf } from '../../../src/history/query/coverage.ts';
import { History } from '../../../src/history/query/history.ts';
import type { UsageFilter } from '../../../src/history/query/questions.ts';
import type { SeenDay } from '../../../src/history/query/seen-days.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { decodeJson, encodeJson } from '../../../src/table/json-body.ts';
import { account, aDecrypt, otherAccount } from '../../builders/cloud-trail-record.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append } from '../delivered-records.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-02-27T00:00:00Z');
const SPAN_HOURS = 4 * 24;

interface Use {
  readonly accountId: string;
  readonly region: string;
  readonly timeMs: number;
}

const use: fc.Arbitrary<Use> = fc.record({
  accountId: fc.constantFrom(account, otherAccount),
  region: fc.constantFrom('us-west-2', 'eu-west-1'),
  timeMs: fc.integer({ min: START, max: START + SPAN_HOURS * HOUR }),
});

const window = fc
  .uniqueArray(fc.integer({ min: START - 30 * HOUR, max: START + (SPAN_HOURS + 30) * HOUR }), {
    minLength: 2,
    maxLength: 2,
  })
  .map(([one = 0, other = 0]) => ({ fromMs: Math.min(one, other), toMs: Math.max(one, other) }));

/** Hour by hour, as the words say it. */
function counted(uses: readonly Use[], { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const places = Map.groupBy(uses, ({ accountId, region }) => `${accountId}/${region}`);
  const newestMs = Math.max(...uses.map(({ timeMs }) => timeMs));
  const total = { hours: 0, observed: 0, silent: 0 };
  for (const seen of places.values()) {
    const firstMs = Math.min(...seen.map(({ timeMs }) => timeMs));
    for (let hour = START - 40 * HOUR; hour <= START + (SPAN_HOURS + 40) * HOUR; hour += HOUR) {
      if (hour + HOUR <= fromMs || hour >= toMs || hour + HOUR <= firstMs || hour > newestMs) continue;
      total.hours++;
      const isObserved = seen.some(({ timeMs }) => timeMs >= hour && timeMs < hour + HOUR);
      total[isObserved ? 'observed' : 'silent']++;
    }
  }
  return total;
}

function recordOf({ accountId, region, timeMs }: Use, number: number): object {
  const arn = `arn:aws:kms:${region}:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  return aDecrypt({
    eventID: guid('use', number),
    eventTime: new Date(timeMs).toISOString(),
    awsRegion: region,
    recipientAccountId: accountId,
    by: { type: 'AWSAccount', accountId, principalId: 'AIDA:one' },
    resources: [{ accountId, type: 'AWS::KMS::Key', ARN: arn }],
  });
}

test('every answer counts the hours of accounts and Regions in its window, sealed or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(use, { minLength: 1, maxLength: 12 }),
      fc.array(use, { maxLength: 4 }),
      window,
      async (sealed, unsealed, asked) => {
        const table = new MemoryTable();
        await append(table, sealed.map(recordOf), 'test');
        await sealAll(table, 'test', 'test');
        await append(
          table,
          unsealed.map((one, number) => recordOf(one, 100 + number)),
          'test',
        );
        const uses = [...sealed, ...unsealed];
        const history = new History(table);
        const coverage = async (filter: UsageFilter) =>
          (await history.usage(filter, { limit: 1, order: 'asc' })).coverage;
        const times = uses.map(({ timeMs }) => timeMs);
        const whole = { fromMs: Math.min(...times), toMs: Math.max(...times) + 1 };

        expect(await coverage({})).toEqual(counted(uses, whole));
        expect(await coverage(asked)).toEqual(counted(uses, asked));
        // From a cache the same.
        expect((await history.summary(asked, ['day'], { limit: 1 })).coverage).toEqual(counted(uses, asked));
        expect((await history.keys({ limit: 1 })).coverage).toEqual(counted(uses, whole));
      },
    ),
    { numRuns: fuzzRuns(25) },
  );
});

function dayOf(day: string, ...places: readonly SeenHours[]): SeenDay {
  return { day, seen: { places, regions: [], operations: [] } };
}

const MONTH = [
  dayOf('2026-03-01', { accountId: '1', region: 'a', hours: 0b1010 }),
  dayOf(
    '2026-03-02',
    { accountId: '1', region: 'a', hours: 0b1 },
    { accountId: '2', region: 'b', hours: 0x800000 },
  ),
];
const EVER = { fromMs: 0, toMs: Date.parse('2100-01-01T00:00:00Z') };

test.each<[string, AskedPlaces, { hours: number; observed: number }]>([
  ['all', {}, { hours: 48, observed: 4 }],
  ['an account', { account: ['1'] }, { hours: 47, observed: 3 }],
  ['a Region', { region: ['b', 'c'] }, { hours: 1, observed: 1 }],
  ['an account in a Region where it is not', { account: ['1'], region: ['b'] }, { hours: 0, observed: 0 }],
  ['a key, whoever used it', { ofKeys: new Set(['2/b']), account: ['1'] }, { hours: 1, observed: 1 }],
  ['a key of an account that is not watched', { ofKeys: new Set(['3/a']) }, { hours: 0, observed: 0 }],
])('covered are the hours of what is asked about: %s', (_what, asked, { hours, observed }) => {
  expect(coverageOf(MONTH, EVER, asked)).toEqual({ hours, observed, silent: hours - observed });
});

test('a question about a key is covered by the hours of its own account and Region', async () => {
  const table = new MemoryTable();
  const at = (hour: number) => START + hour * HOUR;
  const uses: Use[] = [
    { accountId: account, region: 'us-west-2', timeMs: at(0) },
    { accountId: account, region: 'us-west-2', timeMs: at(9) },
    { accountId: otherAccount, region: 'us-west-2', timeMs: at(5) },
  ];
  await append(table, uses.map(recordOf), 'test');
  const history = new History(table);
  const key = `arn:aws:kms:us-west-2:${otherAccount}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const { coverage } = await history.usage({ key: [key], ...EVER }, { limit: 1, order: 'asc' });
  expect(coverage).toEqual({ hours: 5, observed: 1, silent: 4 });
});

test('a use that two accounts logged is a record of both', async () => {
  const table = new MemoryTable();
  const key = `arn:aws:kms:us-west-2:${otherAccount}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const copy = {
    resources: [{ accountId: otherAccount, type: 'AWS::KMS::Key', ARN: key }],
    sharedEventID: 's',
  };
  const records = [
    aDecrypt({ ...copy, eventID: 'callers' }),
    aDecrypt({
      ...copy,
      eventID: 'owners',
      recipientAccountId: otherAccount,
      by: { type: 'AWSAccount', accountId: account, principalId: 'AIDA:one' },
    }),
  ];
  await append(table, records, 'test');
  await sealAll(table, 'test', 'test');
  const history = new History(table);
  const { items, coverage } = await history.usage({}, { limit: 9, order: 'asc' });
  expect(items).toHaveLength(1);
  expect(coverage).toEqual({ hours: 2, observed: 2, silent: 0 });
});

test('days that an earlier version sealed are covered by their pages', async () => {
  const table = new MemoryTable();
  const uses = [0, 1, 30].map((hour) => ({
    accountId: account,
    region: 'us-west-2',
    timeMs: START + hour * HOUR,
  }));
  await append(table, uses.map(recordOf), 'test');
  await sealAll(table, 'test', 'test');
  const hours = await table.query('H');
  expect(hours).toHaveLength(2);
  const [day] = hours;
  await table.write([], day === undefined ? [] : [day]);
  await removeFromRoot(table, day?.sk.slice(0, 10) ?? '');
  const { coverage } = await new History(table).usage({}, { limit: 1, order: 'asc' });
  expect(coverage).toEqual({ hours: 31, observed: 3, silent: 28 });
});

async function removeFromRoot(table: MemoryTable, day: string): Promise<void> {
  const [root] = (await table.query(`R#${day}`)).filter(({ sk }) => !sk.endsWith('directory'));
  if (root === undefined) throw new Error('The day has no root.');
  const { seen, ...rest } = decodeJson<Record<string, unknown>>(root, 'The root');
  expect(seen).toBeDefined();
  await table.write([{ ...root, body: encodeJson(rest) }]);
}
