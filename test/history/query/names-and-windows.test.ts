import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { History } from '../../../src/history/query/history.ts';
import type { UsageFilter, UsageRow } from '../../../src/history/query/questions.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { aDecrypt, aKmsRecord, aRole } from '../../builders/cloud-trail-record.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { guid } from '../../oracle/universe.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { append } from '../delivered-records.ts';

const account = '111122223333';
const keyArn = `arn:aws:kms:us-west-2:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const trainer = `arn:aws:iam::${account}:role/service-role/Trainer`;
const jobArn = `arn:aws:sagemaker:us-west-2:${account}:training-job/churn`;

const records = [
  aDecrypt({ by: aRole(), eventID: 'first', eventTime: '2019-05-01T10:00:00Z' }),
  aDecrypt({
    by: aRole(),
    eventID: 'by alias',
    eventTime: '2026-03-01T10:00:00Z',
    requestParameters: { keyId: 'alias/ml/speech' },
  }),
  aDecrypt({ by: aRole(), eventID: 'newest', eventTime: '2026-03-02T10:00:00.250Z' }),
  {
    ...aDecrypt({ eventID: 'job', eventTime: '2026-03-01T09:00:00Z', by: aRole() }),
    eventSource: 'sagemaker.amazonaws.com',
    eventName: 'CreateTrainingJob',
    resources: undefined,
    requestParameters: { trainingJobName: 'churn', roleArn: trainer },
    responseElements: { trainingJobArn: jobArn },
  },
];

/** The same of a history that is sealed, and of one that is not. */
describe.each([true, false])('a history (sealed: %s)', (isSealed) => {
  const table = new MemoryTable();
  const history = new History(table);
  beforeAll(async () => {
    await append(table, records, 'test');
    if (isSealed) await sealAll(table, 'test', 'test');
  });
  const ids = async (filter: UsageFilter) =>
    (await history.usage(filter, { limit: 100, order: 'asc' })).items.map(({ eventId }) => eventId);
  const unmatched = async (filter: UsageFilter) =>
    (await history.usage(filter, { limit: 100, order: 'asc' })).unmatched;

  test('is covered whole where no bound is given, and says its window', async () => {
    const window = { from: '2019-05-01T10:00:00Z', to: '2026-03-02T10:00:00.251Z' };
    const { items, window: covered } = await history.usage({}, { limit: 100, order: 'asc' });
    expect({ covered, ids: items.map(({ eventId }) => eventId) }).toEqual({
      covered: window,
      ids: ['first', 'by alias', 'newest'],
    });
    expect(await history.summary({}, [], { limit: 10 })).toMatchObject({ window, items: [{ count: 3 }] });
    expect(await history.keys({ limit: 10 })).toMatchObject({ window });
    expect(await history.principals({ limit: 10 })).toMatchObject({ window });
    expect(await history.jobs({}, { limit: 10 })).toMatchObject({ window, items: [{ name: 'churn' }] });
  });

  test('is covered from or to a bound that is given', async () => {
    const at = Date.parse('2026-03-01T10:00:00Z');
    const windowOf = async (filter: UsageFilter) =>
      (await history.usage(filter, { limit: 1, order: 'asc' })).window;
    expect(await windowOf({ fromMs: at })).toEqual({
      from: '2026-03-01T10:00:00Z',
      to: '2026-03-02T10:00:00.251Z',
    });
    expect(await windowOf({ toMs: at })).toEqual({
      from: '2019-05-01T10:00:00Z',
      to: '2026-03-01T10:00:00Z',
    });
    const later = Date.parse('2030-01-01T00:00:00Z');
    expect(await windowOf({ fromMs: later })).toEqual({
      from: '2030-01-01T00:00:00Z',
      to: '2030-01-01T00:00:00Z',
    });
    expect(await ids({ fromMs: at })).toEqual(['by alias', 'newest']);
    expect(await ids({ toMs: at })).toEqual(['first']);
  });

  test.each<[keyof UsageFilter, string]>([
    ['key', keyArn],
    ['key', '1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['key', 'alias/ml/speech'],
    ['key', 'ml/speech'],
    ['key', `arn:aws:kms:us-west-2:${account}:alias/ml/speech`],
    ['principal', trainer],
    ['principal', `arn:aws:sts::${account}:assumed-role/Trainer/SageMaker`],
    ['principal', 'Trainer'],
    ['principal', 'trainer'],
    ['operation', 'decrypt'],
    ['operation', 'DECRYPT'],
    ['account', account],
    ['region', 'us-west-2'],
    ['principal', 'service-role/Trainer'],
  ])('is asked by %s in the form that people have: %s', async (parameter, value) => {
    expect(await ids({ [parameter]: [value] })).toEqual(['first', 'by alias', 'newest']);
    expect(await unmatched({ [parameter]: [value] })).toBeUndefined();
    const { items } = await history.summary({ [parameter]: [value] }, [], { limit: 1 });
    expect(items).toMatchObject([{ count: 3 }]);
  });

  test.each<[keyof UsageFilter, string, string[]]>([
    ['key', 'ml/spech', ['alias/ml/speech']],
    ['key', 'alias/ml/speach', ['alias/ml/speech']],
    ['key', keyArn.replace('1234abcd', '1234abce'), [keyArn]],
    ['principal', 'Trainr', [trainer]],
    ['job', 'training-job/chrun', [jobArn]],
    ['principal', trainer.replace('Trainer', 'Trainers'), [trainer]],
    ['principal', 'nothing at all like it', []],
    ['job', 'chrun', [jobArn]],
    ['job', jobArn.replace('churn', 'churns'), [jobArn]],
    ['operation', 'Decript', ['Decrypt']],
    ['operation', 'Encrypt', ['Decrypt']],
    ['account', '111122223334', [account]],
    ['region', 'us-west-1', ['us-west-2']],
    ['region', '__proto__', []],
  ])('names what matches nothing, with the nearest that does: %s %s', async (parameter, value, closest) => {
    const expected = [{ parameter, value, closest }];
    expect(await ids({ [parameter]: [value] })).toEqual([]);
    expect(await unmatched({ [parameter]: [value] })).toEqual(expected);
    expect((await history.summary({ [parameter]: [value] }, [], { limit: 1 })).unmatched).toEqual(expected);
  });

  test('names a value that matches nothing beside one that does, and none that other filters leave out', async () => {
    expect(await unmatched({ principal: ['Trainer', 'Trainr'] })).toEqual([
      { parameter: 'principal', value: 'Trainr', closest: [trainer] },
    ]);
    expect(await unmatched({ principal: ['Trainer'], outcome: ['denied'] })).toBeUndefined();
    expect(await unmatched({ job: ['churn'], operation: ['Encrypt'] })).toEqual([
      { parameter: 'operation', value: 'Encrypt', closest: ['Decrypt'] },
    ]);
  });

  test('answers for one key, principal or job by the names that people have', async () => {
    expect(await history.key('ml/speech')).toMatchObject({ arn: keyArn, aliases: ['alias/ml/speech'] });
    expect(await history.principal('Trainer')).toMatchObject({ id: trainer });
    expect(await history.job('Churn')).toMatchObject([{ arn: jobArn }]);
    expect(await history.principal('Trainr')).toBeUndefined();
  });
});

test('a name of several principals is asked for all, and is none of them by itself', async () => {
  const table = new MemoryTable();
  const other = `arn:aws:iam::${account}:role/other/Trainer`;
  const issuer = {
    type: 'Role',
    arn: other,
    accountId: account,
    principalId: 'AROAOTHER',
    userName: 'Trainer',
  };
  const byOther = aDecrypt({
    eventID: 'other',
    by: { ...aRole(), sessionContext: { sessionIssuer: issuer, attributes: {} } },
  });
  await append(table, [aDecrypt({ eventID: 'one', by: aRole() }), byOther], 'test');
  const history = new History(table);
  const { items } = await history.usage({ principal: ['Trainer'] }, { limit: 9, order: 'asc' });
  expect(items.map(({ principal }) => principal.id).sort()).toEqual([other, trainer].sort());
  await expect(history.principal('Trainer')).rejects.toMatchObject({ code: 'bad-parameter' });
});

test('pages end before five megabytes, and have every row once under any limit', async () => {
  const table = new MemoryTable();
  const count = 1_200;
  const context = { 'aws:s3:arn': 'x'.repeat(8_000) };
  const large = Array.from({ length: count }, (_, index) =>
    aDecrypt({
      eventID: guid('large', index),
      eventTime: new Date(Date.parse('2026-03-01T00:00:00Z') + index * 1_000).toISOString(),
      requestParameters: { encryptionContext: context },
    }),
  );
  await append(table, large, 'test');
  await sealAll(table, 'test', 'test');
  const history = new History(table);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('asc', 'desc'),
      fc.integer({ min: 150, max: 1_000 }),
      async (order, limit) => {
        const seen: UsageRow[] = [];
        for (let cursor: string | undefined = ''; cursor !== undefined; ) {
          const page = await history.usage({}, { order, limit, ...(cursor === '' ? {} : { cursor }) });
          expect(page.items.length).toBeGreaterThan(0);
          expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(5_100_000);
          seen.push(...page.items);
          cursor = page.next;
        }
        expect(new Set(seen.map(({ eventId }) => eventId)).size).toBe(count);
        expect(seen).toHaveLength(count);
      },
    ),
    { numRuns: fuzzRuns(6) },
  );
});

test('an alias or id of keys in several Regions is asked for all, and is none of them by itself', async () => {
  const table = new MemoryTable();
  const id = 'mrk-1234abcd12ab34cd56ef1234567890ab';
  const arns = ['eu-west-1', 'us-west-2'].map((region) => `arn:aws:kms:${region}:${account}:key/${id}`);
  const records = arns.map((arn) =>
    aDecrypt({
      eventID: arn,
      awsRegion: arn.split(':')[3],
      resources: [{ ARN: arn, accountId: account, type: 'AWS::KMS::Key' }],
      requestParameters: { keyId: 'alias/ml/speech' },
    }),
  );
  await append(table, records, 'test');
  const history = new History(table);
  for (const key of [id, 'alias/ml/speech']) {
    expect((await history.usage({ key: [key] }, { limit: 9, order: 'asc' })).items).toHaveLength(2);
    await expect(history.key(key)).rejects.toMatchObject({
      code: 'bad-parameter',
      parameter: 'key',
      message: `${key} names several keys; give the ARN of one: ${arns.join(', ')}.`,
    });
  }
  expect(await history.key(arns[1] ?? '')).toMatchObject({ arn: arns[1] });
});

test('names with dots, operations that KMS did not have yet and jobs that only uses name are found', async () => {
  const table = new MemoryTable();
  const arn = `arn:aws:iam::${account}:user/ana.smith@example.com`;
  const named = `arn:aws:sagemaker:us-west-2:${account}:training-job/Unrecorded-Job`;
  await append(
    table,
    [
      aKmsRecord('ConjureKey', {
        eventID: 'new',
        by: { type: 'IAMUser', arn, accountId: account, principalId: 'AIDAANA' },
      }),
      aDecrypt({
        eventID: 'by job',
        requestParameters: { encryptionContext: { 'aws:sagemaker:job': named } },
      }),
      aDecrypt({ eventID: 'by service', by: { type: 'AWSService', invokedBy: 's3.amazonaws.com' } }),
    ],
    'test',
  );
  const history = new History(table);
  const ask = async (filter: UsageFilter) => {
    const { items, unmatched } = await history.usage(filter, { limit: 9, order: 'asc' });
    return { ids: items.map(({ eventId }) => eventId), unmatched };
  };
  for (const name of ['ana.smith@example.com', 'Ana.Smith@example.com', arn])
    expect(await ask({ principal: [name] })).toEqual({ ids: ['new'], unmatched: undefined });
  for (const operation of ['ConjureKey', 'conjurekey', 'CONJUREKEY'])
    expect(await ask({ operation: [operation] })).toEqual({ ids: ['new'], unmatched: undefined });
  for (const job of [named, 'unrecorded-job', 'training-job/Unrecorded-Job'])
    expect(await ask({ job: [job] })).toEqual({ ids: ['by job'], unmatched: undefined });
  expect(await ask({ principal: ['s3.amazonaws.com'] })).toEqual({
    ids: ['by service'],
    unmatched: undefined,
  });
});

test('a history of jobs alone covers the times of its jobs', async () => {
  const table = new MemoryTable();
  await append(table, records.slice(3), 'test');
  const history = new History(table);
  expect(await history.jobs({}, { limit: 9 })).toMatchObject({
    items: [{ name: 'churn' }],
    window: { from: '2026-03-01T09:00:00Z', to: '2026-03-01T09:00:00.001Z' },
    coverage: { hours: 0 },
  });
});

test('a history without rows has an empty window', async () => {
  const { items, window } = await new History(new MemoryTable()).usage({}, { limit: 1, order: 'asc' });
  expect(items).toEqual([]);
  expect(window.from).toBe(window.to);
});
