import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Principal } from '../../src/cloudtrail/identity.ts';
import { compileExpectations } from '../../src/expectations/compile-expectations.ts';
import type { Conditions, Expectation } from '../../src/expectations/expectation.ts';
import type { Verdict } from '../../src/expectations/verdict.ts';
import type { AliasFact } from '../../src/kms/alias-timeline.ts';
import type { KeyArn } from '../../src/kms/key-use.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { aUse } from './a-use.ts';
import { anExpectation, keyArn, otherKeyArn } from './an-expectation.ts';
import { type Meant, naiveVerdict } from './naive-judge.ts';

const runs = fuzzRuns(600);

const accounts = ['111122223333', '444455556666'];
const thirdKeyArn = 'arn:aws:kms:eu-west-1:444455556666:key/mrk-1234abcd12ab34cd56ef1234567890ab';
const keyArns = [keyArn, otherKeyArn, thirdKeyArn];
const times = ['2026-03-01T00:00:00Z', '2026-03-02T10:00:00Z', '2026-03-03', '2026-03-07T23:59:00Z'];
const roles = ['role/a/b/X', 'role/a/X', 'role/X', 'role/ab/X', 'user/a/X', 'root'].flatMap((name) =>
  accounts.map((account) => `arn:aws:iam::${account}:${name}`),
);
const ids = ['444455556666/AROAX', 'someone'];

/** Members that are absent now and then. */
function maybe<T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

function someOf(values: readonly string[]): fc.Arbitrary<string[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
}

const conditions: fc.Arbitrary<Conditions> = maybe({
  via: someOf(['s3.amazonaws.com', 'ec2.us-west-2.amazonaws.com']),
  jobs: fc.constant(true as const),
  vpcEndpoints: someOf(['vpce-11111111', 'vpce-22222222']),
  networks: someOf(['192.0.2.0/24', '2001:db8::/32', '192.0.2.128/25']),
  times: fc.array(
    fc.constantFrom(
      { from: '09:00', to: '10:00' },
      { from: '10:00', to: '24:00' },
      { days: ['mon', 'sat'], from: '00:00', to: '24:00' },
      { days: ['tue'], from: '00:00', to: '00:01' },
    ),
    { minLength: 1, maxLength: 2 },
  ),
});

const expectation: fc.Arbitrary<Expectation> = fc
  .record({
    keys: someOf([
      ...keyArns,
      'alias/x',
      'arn:aws:kms:us-west-2:111122223333:alias/x',
      'account:444455556666',
      'ml',
    ]),
    principals: fc.array(
      fc.oneof(
        fc.constantFrom(
          ...roles,
          'arn:aws:iam::111122223333:role/a/*',
          'arn:aws:iam::111122223333:role/*',
          'account:444455556666',
          'service:ec2.amazonaws.com',
          'id:someone',
          'id:444455556666/AROAX',
        ),
        fc.constant({ organisation: 'o-a1b2c3d4e5', accounts: ['444455556666', '777788889999'] }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    operations: someOf(['Decrypt', 'DescribeKey', 'cryptographic', 'grant', 'management']),
    only: fc.option(conditions, { nil: undefined, freq: 3 }),
    from: fc.option(fc.constantFrom(...times), { nil: undefined, freq: 2 }),
    expires: fc.option(fc.constantFrom(...times), { nil: undefined, freq: 2 }),
  })
  .map((made) => anExpectation(JSON.parse(JSON.stringify(made))));

const expectations = fc
  .array(expectation, { maxLength: 8 })
  .map((all) => all.map((each, number) => ({ ...each, id: `e${(number * 7) % 8}` })));

const principal: fc.Arbitrary<Principal> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...roles).map(
      (id): Principal => ({
        type: id.endsWith('root') ? 'root' : id.includes(':user/') ? 'user' : 'role',
        id,
        accountId: id.split(':')[4] ?? '',
      }),
    ),
  },
  fc.constantFrom<Principal>(
    { type: 'service', id: 'ec2.amazonaws.com' },
    { type: 'service', id: 'ec2.eu-west-1.amazonaws.com', accountId: '444455556666' },
    { type: 'account', id: ids[0] ?? '', accountId: '444455556666' },
    { type: 'identity-center', id: 'someone' },
    // A text that somebody chose is nobody's role.
    { type: 'federated', id: roles[0] ?? '' },
    { type: 'unknown' },
  ),
);

const use = fc
  .record({
    eventTimeMs: fc.constantFrom(
      ...times.flatMap((time) => [-60_000, -1, 0, 1].map((more) => Date.parse(time) + more)),
    ),
    accountId: fc.constantFrom(undefined, ...accounts),
    keyArn: fc.constantFrom(undefined, ...keyArns.map((arn) => arn as KeyArn)),
    keyRef: fc.constantFrom(
      undefined,
      'alias/x',
      'alias/y',
      'arn:aws:kms:us-west-2:111122223333:alias/x',
      'arn:aws:kms:eu-west-1:444455556666:alias/x',
    ),
    operation: fc.constantFrom('Decrypt', 'Encrypt', 'CreateGrant', 'DescribeKey', 'DisableKey'),
    principal: fc
      .tuple(
        principal,
        fc.constantFrom(undefined, 's3.amazonaws.com', 's3.eu-west-1.amazonaws.com', 'ec2.amazonaws.com'),
      )
      .map(([by, via]) => (via === undefined || by.type === 'service' ? by : { ...by, via })),
    sourceIp: fc.constantFrom(
      undefined,
      '192.0.2.200',
      '192.0.2.1',
      '198.51.100.1',
      '2001:db8::1',
      'AWS Internal',
    ),
    vpcEndpointId: fc.constantFrom(undefined, 'vpce-11111111', 'vpce-33333333'),
    joinedTo: fc.constantFrom(
      undefined,
      { status: 'none', jobs: [] } as const,
      { status: 'ambiguous', jobs: [] } as const,
    ),
  })
  .map(aUse);

const meant: readonly Meant[] = [
  { alias: 'alias/x', account: '111122223333', region: 'us-west-2', keyArn },
  {
    alias: 'alias/x',
    account: '111122223333',
    region: 'us-west-2',
    keyArn: otherKeyArn,
    sinceMs: Date.parse('2026-03-02T10:00:00Z'),
  },
  {
    alias: 'alias/x',
    account: '444455556666',
    region: 'eu-west-1',
    keyArn: thirdKeyArn,
    sinceMs: Date.parse('2026-03-03'),
  },
];
const aliases = new Map<string, AliasFact[]>([
  [
    '111122223333/us-west-2/alias/x',
    [
      { timeMs: Date.parse('2026-03-01'), kind: 'seen', keyArn: keyArn as KeyArn },
      { timeMs: Date.parse('2026-03-02T10:00:00Z'), kind: 'set', keyArn: otherKeyArn as KeyArn },
      { timeMs: Date.parse('2026-03-02T11:00:00Z'), kind: 'deleted', keyArn: otherKeyArn as KeyArn },
    ],
  ],
  [
    '444455556666/eu-west-1/alias/x',
    [{ timeMs: Date.parse('2026-03-03'), kind: 'set', keyArn: thirdKeyArn as KeyArn }],
  ],
]);
const mlKeys = [otherKeyArn];
const known = { aliases, mlKeys: new Set(mlKeys) };

test('verdicts are those of a judge that asks every expectation by itself', () => {
  const met = new Map<string, number>();
  fc.assert(
    fc.property(expectations, fc.array(use, { minLength: 1, maxLength: 12 }), (all, uses) => {
      const judge = compileExpectations(all, known);
      for (const each of uses) {
        const verdict = judge.judge(each);
        expect(verdict).toEqual(naiveVerdict(all, each, meant, mlKeys));
        met.set(kindOf(verdict), (met.get(kindOf(verdict)) ?? 0) + 1);
      }
    }),
    { numRuns: runs },
  );
  // It says little unless all of them come up.
  expect([...met.keys()].sort()).toEqual(['no', 'no refuted', 'no undecided', 'no-rule', 'yes']);
});

test('what is alike for all times is the verdict at each of them', () => {
  const told = { alike: 0, byTime: 0 };
  fc.assert(
    fc.property(expectations, use, (all, each) => {
      const judge = compileExpectations(all, known);
      const alike = judge.judgeAtAnyTime(each);
      if (alike === undefined) told.byTime++;
      else told.alike++;
      const verdicts = times.flatMap((time) =>
        [-60_000, 0].map((more) => judge.judge({ ...each, eventTimeMs: Date.parse(time) + more })),
      );
      for (const verdict of verdicts) if (alike !== undefined) expect(verdict).toEqual(alike);
    }),
    { numRuns: runs },
  );
  expect(Math.min(told.alike, told.byTime)).toBeGreaterThan(runs / 20);
});

test('the order of expectations changes neither verdicts nor the name', () => {
  fc.assert(
    fc.property(expectations, use, (all, each) => {
      const judge = compileExpectations(all, known);
      const turned = compileExpectations(all.toReversed(), known);
      expect(turned.name).toBe(judge.name);
      expect(turned.judge(each)).toEqual(judge.judge(each));
    }),
    { numRuns: Math.ceil(runs / 10) },
  );
});

function kindOf({ expected, jobOnly }: Verdict): string {
  return jobOnly === undefined ? expected : `${expected} ${jobOnly}`;
}
