import { describe, expect, test } from 'vitest';
import { suggestExpectations } from '../../src/alerts/suggest.ts';
import { suggestionYaml } from '../../src/alerts/suggestion-yaml.ts';
import { readExpectationFile } from '../../src/expectations/read-file.ts';
import { unmatchedParts } from '../../src/expectations/unmatched.ts';
import type { KeySummary, UsageFilter, UsageGroup } from '../../src/history/query/questions.ts';
import {
  account,
  anExpectation,
  keyArn,
  nowMs,
  otherKeyArn,
  roleArn,
} from '../expectations/an-expectation.ts';

const firstSeen = '2026-03-01T10:00:00Z';
const lastSeen = '2026-03-01T12:00:00Z';
const bob = `arn:aws:iam::${account}:user/bob`;

function aKey(arn: string, aliases: readonly string[] = []): KeySummary {
  const rest = { uses: 1, principals: 1, jobs: 0, openAlerts: 0, firstSeen, lastSeen };
  return { arn, aliases, accountId: account, region: 'us-west-2', ...rest };
}

function aGroup(
  principal: string,
  operation: string,
  category: string,
  status = 'none',
  count = 1,
): UsageGroup {
  return { principal, operation, category, status, count, firstSeen, lastSeen };
}

/** Answers groups by key, two a page. */
function asking(groups: Readonly<Record<string, readonly UsageGroup[]>>) {
  const filters: UsageFilter[] = [];
  return {
    filters,
    async summary(filter: UsageFilter, _: unknown, { cursor = '0' }: { readonly cursor?: string }) {
      filters.push(filter);
      const all = groups[filter.key?.[0] ?? ''] ?? [];
      const end = Number(cursor) + 2;
      const window = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
      return {
        window,
        coverage: { hours: 24, observed: 24, silent: 0 },
        items: all.slice(Number(cursor), end),
        ...(end < all.length ? { next: String(end) } : {}),
      };
    },
  };
}

const day = 86_400_000;
const none: ReadonlySet<string> = new Set();

test('who did the same on a key, and keys of which all is alike, are one expectation', async () => {
  const same = [
    aGroup(roleArn, 'Decrypt', 'cryptographic'),
    aGroup(bob, 'Encrypt', 'cryptographic', 'none', 3),
  ];
  const questions = asking({ [keyArn]: same, [otherKeyArn]: same });
  const keys = [aKey(keyArn, ['alias/ml/churn']), aKey(otherKeyArn)];
  const { suggestions } = await suggestExpectations(questions, keys, day, none);
  expect(suggestions).toMatchObject([
    {
      id: 'ml-churn-use',
      keys,
      operations: ['cryptographic'],
      isByJobs: false,
      principals: [
        { form: roleArn, uses: 2 },
        { form: bob, uses: 6 },
      ],
    },
  ]);
});

test('only what was done within the learning period is asked for, and only what succeeded', async () => {
  const questions = asking({});
  await suggestExpectations(questions, [aKey(keyArn)], day, none);
  const fromMs = Date.parse(firstSeen);
  expect(questions.filters).toEqual([{ key: [keyArn], outcome: ['success'], fromMs, toMs: fromMs + day }]);
});

test('use and management are apart, what jobs alone did is for jobs, and looking needs nothing', async () => {
  const questions = asking({
    [keyArn]: [
      aGroup(roleArn, 'Decrypt', 'cryptographic', 'strong'),
      aGroup(roleArn, 'CreateGrant', 'grant', 'exact'),
      aGroup(bob, 'Decrypt', 'cryptographic', 'strong'),
      aGroup(bob, 'Decrypt', 'cryptographic', 'none'),
      aGroup(bob, 'PutKeyPolicy', 'management'),
      aGroup(`${bob}2`, 'DescribeKey', 'management'),
    ],
  });
  const { suggestions } = await suggestExpectations(
    questions,
    [aKey(keyArn)],
    day,
    new Set(['1234abcd-use']),
  );
  expect(
    suggestions.map(({ id, principals, operations, isByJobs }) => [
      id,
      principals[0]?.form,
      operations,
      isByJobs,
    ]),
  ).toEqual([
    ['1234abcd-jobs', roleArn, ['CreateGrant', 'cryptographic'], true],
    ['1234abcd-use-2', bob, ['cryptographic'], false],
    ['1234abcd-manage', bob, ['PutKeyPolicy'], false],
  ]);
});

test('services are named as such; root, AWS itself and what cannot be named are left out', async () => {
  const questions = asking({
    [keyArn]: [
      aGroup('sagemaker.us-west-2.amazonaws.com', 'Decrypt', 'cryptographic'),
      aGroup('444455556666/AROAEXAMPLE', 'Decrypt', 'cryptographic'),
      aGroup(`arn:aws:iam::${account}:role/aws:ec2-infrastructure`, 'Decrypt', 'cryptographic'),
      aGroup(`arn:aws:iam::${account}:root`, 'Decrypt', 'cryptographic'),
      aGroup('a\u0007bell', 'Decrypt', 'cryptographic'),
    ],
  });
  const suggested = await suggestExpectations(questions, [aKey(keyArn)], day, none);
  expect(suggested.suggestions[0]?.principals.map(({ form }) => form)).toEqual([
    'id:444455556666/AROAEXAMPLE',
    'service:sagemaker.amazonaws.com',
  ]);
  expect(suggested.leftOut).toHaveLength(2);
  const yaml = suggestionYaml(suggested, (text) => text.replace('\u0007', '<bell>'));
  expect(yaml).toContain('# Left out: a<bell>bell used');
});

describe('the file of suggestions', () => {
  const questions = asking({ [keyArn]: [aGroup(roleArn, 'Decrypt', 'cryptographic', 'exact', 12)] });

  test('is taken once a person has said who answers for it and why, and not before', async () => {
    const suggested = await suggestExpectations(questions, [aKey(keyArn, ['alias/x'])], day, none);
    const yaml = suggestionYaml(suggested, String);
    expect(yaml).toContain(`${roleArn} # 12 uses, the last at ${lastSeen}`);
    expect(readExpectationFile(yaml, nowMs).faults.map(({ sentence }) => sentence)).toEqual([
      '`x-jobs`: `owner`: `TODO` is not filled in yet; say it in words.',
      '`x-jobs`: `reason`: `TODO` is not filled in yet; say it in words.',
    ]);
    const { expectations, faults } = readExpectationFile(yaml.replaceAll('TODO', 'ml-platform'), nowMs);
    expect(faults).toEqual([]);
    expect(expectations).toEqual([
      {
        ...{ id: 'x-jobs', keys: [keyArn], principals: [roleArn], operations: ['cryptographic'] },
        ...{ only: { jobs: true }, owner: 'ml-platform', reason: 'ml-platform' },
      },
    ]);
  });

  test('says so where there is nothing', () => {
    const yaml = suggestionYaml({ suggestions: [], leftOut: [] }, String);
    expect(yaml).toContain('No key without expectations has been used.');
    expect(readExpectationFile(yaml, nowMs)).toMatchObject({ faults: [], expectations: [] });
  });
});

describe('what matches nothing of the history', () => {
  const seen = {
    keys: [aKey(keyArn, ['alias/x'])],
    principals: [{ id: roleArn, accountId: account }, { id: 'dynamodb.amazonaws.com' }],
  };

  test('is listed, key by key and principal by principal', () => {
    const expectation = anExpectation({
      keys: [
        keyArn,
        'alias/x',
        `arn:aws:kms:us-west-2:${account}:alias/x`,
        `account:${account}`,
        'ml',
        'alias/y',
      ],
      principals: [
        roleArn,
        `arn:aws:iam::${account}:role/service-role/*`,
        `account:${account}`,
        'service:dynamodb.us-west-2.amazonaws.com',
        { organisation: 'o-a1b2c3d4e5', accounts: ['444455556666'] },
        bob,
      ],
    });
    expect(unmatchedParts([expectation], seen)).toEqual([
      { id: 'training', sentence: 'no use of alias/y is in the history so far' },
      { id: 'training', sentence: `no use by ${bob} is in the history so far` },
    ]);
  });

  test('is nothing, where the history is empty', () => {
    expect(unmatchedParts([anExpectation()], { keys: [], principals: [] })).toEqual([]);
  });
});
