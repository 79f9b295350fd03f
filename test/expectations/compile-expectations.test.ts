import { describe, expect, test } from 'vitest';
import { compileExpectations } from '../../src/expectations/compile-expectations.ts';
import type { Conditions } from '../../src/expectations/expectation.ts';
import type { InspectedUse } from '../../src/expectations/inspected-use.ts';
import type { KeyArn } from '../../src/kms/key-use.ts';
import { aUse, useMs } from './a-use.ts';
import { account, anExpectation, keyArn, otherKeyArn, roleArn } from './an-expectation.ts';

const stranger = { type: 'role', id: `arn:aws:iam::${account}:role/Stranger`, accountId: account } as const;
const judge = compileExpectations([anExpectation()]);

test('what an expectation allows is expected, by its id', () => {
  expect(judge.judge(aUse())).toEqual({ expected: 'yes', expectation: 'training' });
});

test('anybody else is not, nor is anything else that the role does', () => {
  expect(judge.judge(aUse({ principal: stranger }))).toEqual({ expected: 'no' });
  expect(judge.judge(aUse({ operation: 'PutKeyPolicy' }))).toEqual({ expected: 'no' });
});

test('of another key nothing is said, nor of none', () => {
  expect(judge.judge(aUse({ keyArn: otherKeyArn as KeyArn }))).toEqual({ expected: 'no-rule' });
  expect(judge.judge(aUse({ keyArn: undefined, operation: 'ListKeys' }))).toEqual({ expected: 'no-rule' });
});

test('looking at a key is nobody’s matter, unless an expectation names it', () => {
  expect(judge.judge(aUse({ principal: stranger, operation: 'DescribeKey' }))).toEqual({
    expected: 'no-rule',
  });
  const naming = compileExpectations([anExpectation({ operations: ['DescribeKey'] })]);
  expect(naming.judge(aUse({ operation: 'DescribeKey' })).expected).toBe('yes');
  expect(naming.judge(aUse({ principal: stranger, operation: 'DescribeKey' })).expected).toBe('no-rule');
});

test('the time of the use decides what is in force', () => {
  const bound = compileExpectations([anExpectation({ from: '2026-03-02T10:00:00Z', expires: '2026-03-03' })]);
  const at = (time: string, by: InspectedUse['principal'] = aUse().principal) =>
    bound.judge(aUse({ eventTimeMs: Date.parse(time), principal: by })).expected;
  expect(at('2026-03-02T09:59:59Z')).toBe('no-rule');
  expect(at('2026-03-02T10:00:00Z')).toBe('yes');
  expect(at('2026-03-02T10:00:00Z', stranger)).toBe('no');
  expect(at('2026-03-02T23:59:59Z')).toBe('yes');
  expect(at('2026-03-03T00:00:00Z')).toBe('no');
  expect(at('2026-03-03T00:00:00Z', stranger)).toBe('no');
  expect(bound.namesKey(keyArn, undefined, useMs)).toBe(true);
  expect(bound.namesKey(keyArn, undefined, useMs - 1)).toBe(false);
  expect(bound.judgeAtAnyTime(aUse())).toBeUndefined();
});

test.each<[string, Conditions, Partial<InspectedUse>, boolean]>([
  ['a minute before', { times: [{ from: '10:01', to: '11:00' }] }, {}, false],
  ['at its beginning', { times: [{ from: '10:00', to: '11:00' }] }, {}, true],
  ['at its end', { times: [{ from: '09:00', to: '10:00' }] }, {}, false],
  ['on another day', { times: [{ days: ['tue', 'sun'], from: '00:00', to: '24:00' }] }, {}, false],
  ['on a Monday', { times: [{ days: ['mon'], from: '00:00', to: '24:00' }] }, {}, true],
  [
    'before 1970, on a Wednesday',
    { times: [{ days: ['wed'], from: '23:59', to: '24:00' }] },
    { eventTimeMs: -1 },
    true,
  ],
  ['from inside a network', { networks: ['192.0.2.0/24'] }, { sourceIp: '192.0.2.255' }, true],
  ['from beside it', { networks: ['192.0.2.0/24'] }, { sourceIp: '192.0.3.0' }, false],
  ['from a service’s name', { networks: ['192.0.2.0/24'] }, { sourceIp: 'AWS Internal' }, false],
  ['through no endpoint', { vpcEndpoints: ['vpce-11111111'] }, {}, false],
])('conditions: %s', (_, only, use, isExpected) => {
  const bound = compileExpectations([anExpectation({ only })]);
  expect(bound.judge(aUse(use)).expected).toBe(isExpected ? 'yes' : 'no');
});

test('an alias names the keys that it ever meant, each since it first did', () => {
  const set = (hours: number, arn: string) =>
    ({ timeMs: useMs + hours * 3_600_000, kind: 'set', keyArn: arn as KeyArn }) as const;
  const facts = [set(-2, keyArn), set(-1, otherKeyArn), set(1, keyArn)];
  const aliases = new Map([[`${account}/us-west-2/alias/x`, facts]]);
  const named = compileExpectations([anExpectation({ keys: ['alias/x'] })], { aliases });
  const at = (hours: number, arn: string) =>
    named.judge(aUse({ keyArn: arn as KeyArn, eventTimeMs: useMs + hours * 3_600_000 })).expected;
  expect([-3, -2, 0, 2].map((hours) => at(hours, keyArn))).toEqual(['no-rule', 'yes', 'yes', 'yes']);
  expect([-2, -1, 2].map((hours) => at(hours, otherKeyArn))).toEqual(['no-rule', 'yes', 'yes']);
});

test('for jobs only: what the join has not said yet is undecided', () => {
  const jobs = compileExpectations([anExpectation({ only: { jobs: true } })]);
  const joinedTo = {
    status: 'probable',
    jobs: [{ arn: 'arn:aws:sagemaker:us-west-2:1:training-job/x' }],
  } as const;
  expect(jobs.judge(aUse())).toEqual({ expected: 'no', jobOnly: 'undecided' });
  expect(jobs.judge(aUse({ joinedTo: { status: 'none', jobs: [] } }))).toEqual({
    expected: 'no',
    jobOnly: 'refuted',
  });
  expect(jobs.judge(aUse({ joinedTo }))).toEqual({ expected: 'yes', expectation: 'training' });
  expect(jobs.judge(aUse({ principal: stranger, joinedTo }))).toEqual({ expected: 'no' });
});

test('a text that somebody chose is not the role it looks like', () => {
  expect(judge.judge(aUse({ principal: { type: 'federated', id: roleArn } })).expected).toBe('no');
});

describe('what AWS does by itself is expected:', () => {
  const byAws = { expected: 'yes', expectation: 'aws-infrastructure' };

  test.each<[string, Partial<InspectedUse>]>([
    [
      'an instance’s volume',
      { principal: { type: 'role', id: `arn:aws:iam::${account}:role/aws:ec2-infrastructure` } },
    ],
    [
      'the owner’s copy of it',
      { principal: { type: 'account', id: `${account}/${account}:aws:ec2-infrastructure` } },
    ],
    [
      'a rotation by KMS',
      { operation: 'RotateKey', principal: { type: 'service', id: 'kms.amazonaws.com' } },
    ],
  ])('%s', (_, use) => {
    expect(judge.judge(aUse(use))).toEqual(byAws);
    expect(judge.judgeAtAnyTime(aUse(use))).toEqual(byAws);
  });

  test.each<[string, Partial<InspectedUse>]>([
    [
      'a role that is named alike',
      { principal: { type: 'role', id: `arn:aws:iam::${account}:role/ec2-infrastructure` } },
    ],
    ['a text that somebody chose', { principal: { type: 'federated', id: `x:aws:ec2-infrastructure` } }],
    [
      'a pseudo role that manages',
      {
        operation: 'PutKeyPolicy',
        principal: { type: 'role', id: `arn:aws:iam::${account}:role/aws:ec2-infrastructure` },
      },
    ],
    ['a part of AWS that is not named', { principal: { type: 'service', id: 'kms.amazonaws.com' } }],
  ])('but not %s', (_, use) => {
    expect(judge.judge(aUse(use))).toEqual({ expected: 'no' });
  });
});

describe('a service under a grant', () => {
  const creator = anExpectation({ operations: ['cryptographic', 'CreateGrant'] });
  const service = { type: 'service', id: 'dynamodb.amazonaws.com' } as const;
  const grant = { grantee: 'dynamodb.us-west-2.amazonaws.com', operations: ['Decrypt', 'ReEncryptFrom'] };
  const created = aUse({ operation: 'CreateGrant', grant });

  test('is expected as the grant was', () => {
    const granted = compileExpectations([creator], { grants: [created] });
    expect(granted.judge(aUse({ principal: service }))).toEqual({ expected: 'yes', expectation: 'training' });
    for (const operation of ['RetireGrant', 'ReEncrypt'])
      expect(granted.judge(aUse({ principal: service, operation })).expected).toBe('yes');
    expect(granted.judgeAtAnyTime(aUse({ principal: service }))).toBeUndefined();
  });

  test.each<[string, InspectedUse[], Partial<InspectedUse>]>([
    ['without one', [], {}],
    [
      'under one that a stranger created',
      [aUse({ operation: 'CreateGrant', grant, principal: stranger })],
      {},
    ],
    ['under one that was refused', [aUse({ operation: 'CreateGrant', grant, outcome: 'denied' })], {}],
    ['under one of later', [created], { eventTimeMs: useMs - 3_600_000 }],
    ['for what it does not allow', [created], { operation: 'Encrypt' }],
    [
      'to manage the key',
      [aUse({ ...created, grant: { grantee: grant.grantee } })],
      { operation: 'PutKeyPolicy' },
    ],
    ['of another', [created], { principal: { type: 'service', id: 's3.amazonaws.com' } }],
  ])('is not expected %s', (_, grants, use) => {
    const granted = compileExpectations([creator], { grants });
    expect(granted.judge(aUse({ principal: service, ...use }))).toEqual({ expected: 'no' });
  });

  test('leaves the name of the set as it is, where older grants allowed as much', () => {
    const named = (...grants: InspectedUse[]) => compileExpectations([creator], { grants }).name;
    const later = { ...created, eventTimeMs: useMs + 1 };
    expect(named(created, later)).toBe(named(created));
    expect(named(later)).not.toBe(named(created));
    const wider = { ...later, grant: { ...grant, operations: ['Encrypt'] } };
    expect(named(created, wider)).not.toBe(named(created));
    const granted = compileExpectations([creator], { grants: [wider, created] });
    expect(
      granted.judge(aUse({ principal: service, operation: 'Encrypt', eventTimeMs: useMs + 1 })).expected,
    ).toBe('yes');
  });

  test('is expected whatever the conditions for the grant: its own row tells of those', () => {
    const jobs = anExpectation({
      operations: ['grant'],
      only: { jobs: true, via: ['sagemaker.amazonaws.com'] },
    });
    const granted = compileExpectations([jobs], { grants: [created] });
    expect(granted.judge(created)).toEqual({ expected: 'no' });
    expect(granted.judge(aUse({ principal: service })).expected).toBe('yes');
  });

  test('is not expected under one from before its creator was', () => {
    const later = { ...creator, from: '2026-03-02T10:00:01Z' };
    const granted = compileExpectations([later], { grants: [created] });
    expect(granted.judge(aUse({ principal: service, eventTimeMs: useMs + 2_000 }))).toEqual({
      expected: 'no',
    });
  });

  test('is expected a little before it too, for clocks differ', () => {
    const granted = compileExpectations([creator], { grants: [created] });
    expect(granted.judge(aUse({ principal: service, eventTimeMs: useMs - 60_000 })).expected).toBe('yes');
    expect(granted.judge(aUse({ principal: service, eventTimeMs: useMs - 60_001 })).expected).toBe('no');
  });

  test('may also be listed', () => {
    const listing = compileExpectations([anExpectation({ principals: ['service:dynamodb.amazonaws.com'] })]);
    expect(listing.judge(aUse({ principal: service })).expected).toBe('yes');
    expect(listing.judgeAtAnyTime(aUse({ principal: service }))).toEqual({
      expected: 'yes',
      expectation: 'training',
    });
  });
});

describe('a grantee is allowed', () => {
  const listing = compileExpectations([
    anExpectation({ principals: [roleArn, 'service:dynamodb.amazonaws.com', 'account:444455556666'] }),
    anExpectation({
      id: 'admin',
      principals: [`arn:aws:iam::${account}:role/Admin`],
      operations: ['management'],
    }),
  ]);
  const allows = (grantee: string, arn = keyArn) => listing.allowsPrincipal(arn, grantee, useMs);

  test.each([
    [roleArn, true],
    [`arn:aws:sts::${account}:assumed-role/Trainer/session`, true],
    ['dynamodb.us-west-2.amazonaws.com', true],
    ['arn:aws:iam::444455556666:root', true],
    [`${account}:aws:ec2-infrastructure:i-81e2f56c`, true],
    [`arn:aws:iam::${account}:role/Trainer`, false],
    [`arn:aws:sts::${account}:assumed-role/Stranger/session`, false],
    [`arn:aws:iam::${account}:root`, false],
    ['s3.amazonaws.com', false],
    [`arn:aws:iam::${account}:role/Admin`, false],
  ])('%s: %s', (grantee, isAllowed) => {
    expect(allows(grantee)).toBe(isAllowed);
  });

  test('on the keys that are named alone', () => {
    expect(allows(roleArn, otherKeyArn)).toBe(false);
  });
});

describe('the name of a set', () => {
  const fact = { timeMs: useMs, kind: 'seen', keyArn: keyArn as KeyArn } as const;
  const named = (keys: string[], known: Parameters<typeof compileExpectations>[1]) =>
    compileExpectations([anExpectation({ keys })], known).name;

  test('stays while nothing comes that a verdict hangs on', () => {
    const bare = named([keyArn], {});
    expect(named([keyArn], { mlKeys: new Set([keyArn]) })).toBe(bare);
    expect(named([keyArn], { aliases: new Map([[`${account}/us-west-2/alias/x`, [fact]]]) })).toBe(bare);
    expect(named([keyArn], { grants: [aUse({ operation: 'CreateGrant' })] })).toBe(bare);
  });

  test('changes with what one does', () => {
    expect(named([keyArn, 'ml'], { mlKeys: new Set([keyArn]) })).not.toBe(named([keyArn, 'ml'], {}));
    const aliases = new Map([[`${account}/us-west-2/alias/x`, [fact]]]);
    expect(named(['alias/x'], { aliases })).not.toBe(named(['alias/x'], {}));
    expect(named([keyArn], {})).not.toBe(named([otherKeyArn], {}));
  });
});
