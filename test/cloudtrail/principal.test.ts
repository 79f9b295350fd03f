import { describe, expect, test } from 'vitest';
import { principalOf } from '../../src/cloudtrail/principal.ts';
import { account, aRole, aService, aUser } from '../builders/cloud-trail-record.ts';

function principal(identity: object, region = 'us-west-2') {
  return principalOf(identity, region, { names: undefined });
}

const role = { type: 'role', id: `arn:aws:iam::${account}:role/service-role/Trainer`, accountId: account };

describe('a role', () => {
  test('is the role that issued the session, with its path', () => {
    expect(principal(aRole())).toEqual({ ...role, session: 'SageMaker' });
  });

  test('is named by the type Role too', () => {
    expect(principal({ type: 'Role', arn: `arn:aws:iam::${account}:role/path/Trainer` })).toEqual({
      type: 'role',
      id: `arn:aws:iam::${account}:role/path/Trainer`,
      accountId: account,
    });
  });

  test.each([[{}], [undefined], [null], ['']])(
    'is made from the assumed-role ARN where the issuer is %j',
    (sessionIssuer) => {
      expect(principal(aRole({ sessionContext: { sessionIssuer } })).id).toBe(
        `arn:aws:iam::${account}:role/Trainer`,
      );
    },
  );

  test('is made from an assumed-role ARN of another partition', () => {
    const arn = `arn:aws-cn:sts::${account}:assumed-role/Trainer/SageMaker`;
    expect(principal({ type: 'AssumedRole', arn })).toEqual({
      type: 'role',
      id: `arn:aws-cn:iam::${account}:role/Trainer`,
      accountId: account,
      session: 'SageMaker',
    });
  });

  test.each([`arn:aws:sts::${account}:assumed-role/Trainer`, `arn:aws:sts::${account}:role/Trainer`])(
    'is told from an issuer written as %s',
    (arn) => {
      expect(principal(aRole({ sessionContext: { sessionIssuer: { arn } } })).id).toBe(
        `arn:aws:iam::${account}:role/Trainer`,
      );
    },
  );

  test('of AWS infrastructure has colons in its name', () => {
    expect(
      principal({
        type: 'AssumedRole',
        principalId: `${account}:aws:ec2-infrastructure:i-81e2f56c`,
        arn: `arn:aws:sts::${account}:assumed-role/aws:ec2-infrastructure/i-81e2f56c`,
        accountId: account,
      }),
    ).toEqual({
      type: 'role',
      id: `arn:aws:iam::${account}:role/aws:ec2-infrastructure`,
      accountId: account,
      session: 'i-81e2f56c',
    });
  });

  test('without any ARN has no id, but a session', () => {
    expect(
      principal({ type: 'AssumedRole', principalId: 'AROAEXAMPLE:SageMaker', accountId: account }),
    ).toEqual({
      type: 'role',
      accountId: account,
      session: 'SageMaker',
    });
  });

  test('carries the source identity', () => {
    expect(principal(aRole({ sessionContext: { sourceIdentity: 'alice@example.com' } })).sourceIdentity).toBe(
      'alice@example.com',
    );
  });
});

test('a user is its ARN and has no session', () => {
  expect(principal(aUser())).toEqual({
    type: 'user',
    id: `arn:aws:iam::${account}:user/Alice`,
    accountId: account,
  });
  expect(principal({ type: 'IAMUser', principalId: 'AIDAEXAMPLE' })).toEqual({ type: 'user' });
});

test.each([
  [
    { type: 'Root', principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account },
    'us-west-2',
    'aws',
  ],
  [{ type: 'Root', accountId: account }, 'us-west-2', 'aws'],
  [{ type: 'Root', accountId: account }, 'cn-north-1', 'aws-cn'],
  [{ type: 'Root', accountId: account }, 'us-gov-west-1', 'aws-us-gov'],
  [{ type: 'Root', arn: `arn:aws-us-gov:iam::${account}:root` }, 'us-west-2', 'aws-us-gov'],
])('root of %j in %s is the ARN of the root user', (identity, region, partition) => {
  expect(principal(identity, region)).toEqual({
    type: 'root',
    id: `arn:${partition}:iam::${account}:root`,
    accountId: account,
  });
});

describe('a service', () => {
  test('is the host that it is invoked by, and has no via', () => {
    expect(principal(aService('sagemaker-geospatial.amazonaws.com'))).toEqual({
      type: 'service',
      id: 'sagemaker-geospatial.amazonaws.com',
    });
  });

  test('is KMS where KMS acts by itself', () => {
    const kms = { type: 'service', id: 'kms.amazonaws.com' };
    expect(principal({ accountId: account, invokedBy: 'AWS Internal' })).toEqual({
      ...kms,
      accountId: account,
    });
    expect(principal({ type: 'AWSService', principalId: 'user', invokedBy: 'AWS Internal' })).toEqual(kms);
  });

  test('needs no type where it names itself', () => {
    expect(principal({ invokedBy: 'ebs.amazonaws.com' })).toEqual({
      type: 'service',
      id: 'ebs.amazonaws.com',
    });
    expect(principal({ type: '', invokedBy: 'ebs.amazonaws.com' }).type).toBe('service');
    expect(principal({ type: null, invokedBy: 'ebs.amazonaws.com' }).type).toBe('service');
  });
});

test.each([
  [
    { type: 'AWSAccount', principalId: 'AROAEXAMPLE:job', accountId: account },
    `${account}/AROAEXAMPLE`,
    'job',
  ],
  [
    { type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: account },
    `${account}/AIDAEXAMPLE`,
    undefined,
  ],
  [{ type: 'AWSAccount', accountId: account }, account, undefined],
  [{ type: 'AWSAccount', principalId: 'AROAEXAMPLE:job' }, undefined, 'job'],
])(
  'the caller of another account, %j, is its account and principal without the session',
  (identity, id, session) => {
    expect(principal(identity).type).toBe('account');
    expect(principal(identity).id).toBe(id);
    expect(principal(identity).session).toBe(session);
  },
);

test.each([
  [
    {
      type: 'FederatedUser',
      principalId: `${account}:bob`,
      arn: `arn:aws:sts::${account}:federated-user/bob`,
    },
    { type: 'federated', id: `arn:aws:sts::${account}:federated-user/bob`, accountId: account },
  ],
  [
    { type: 'WebIdentityUser', principalId: 'accounts.google.com:app:user', userName: 'user' },
    { type: 'federated', id: 'accounts.google.com:app:user' },
  ],
  [
    { type: 'SAMLUser', principalId: 'SAMLIssuer:bob', userName: 'bob' },
    { type: 'federated', id: 'SAMLIssuer:bob' },
  ],
  [
    {
      type: 'IdentityCenterUser',
      accountId: account,
      onBehalfOf: { userId: '544894e8-80c1', identityStoreArn: 'x' },
    },
    { type: 'identity-center', id: '544894e8-80c1', accountId: account },
  ],
  [{ type: 'IdentityCenterUser' }, { type: 'identity-center' }],
  [
    { type: 'Directory', principalId: 'D-123' },
    { type: 'unknown', id: 'D-123' },
  ],
  [
    { type: 'Unknown', arn: `arn:aws:iam::${account}:role/X`, principalId: 'P' },
    { type: 'unknown', id: `arn:aws:iam::${account}:role/X`, accountId: account },
  ],
  [
    { type: 'SomethingNew', principalId: 'P' },
    { type: 'unknown', id: 'P' },
  ],
  [
    { type: 5, invokedBy: 's3.amazonaws.com' },
    { type: 'unknown', via: 's3.amazonaws.com' },
  ],
  [{ accountId: account }, { type: 'unknown', accountId: account }],
  [{}, { type: 'unknown' }],
])('%j is %j', (identity, expected) => {
  expect(principal(identity)).toEqual(expected);
});

test('no identity at all is an unknown principal', () => {
  expect(principalOf(undefined, undefined, { names: undefined })).toEqual({ type: 'unknown' });
});

describe('where the ARN contradicts the type, the ARN decides', () => {
  test.each([
    [
      `arn:aws:sts::${account}:assumed-role/Admin/user01`,
      'role',
      `arn:aws:iam::${account}:role/Admin`,
      'user01',
    ],
    [`arn:aws:iam::${account}:role/ProjectDev`, 'role', `arn:aws:iam::${account}:role/ProjectDev`, undefined],
    [`arn:aws:iam::${account}:root`, 'root', `arn:aws:iam::${account}:root`, undefined],
    [
      `arn:aws:sts::${account}:federated-user/b`,
      'federated',
      `arn:aws:sts::${account}:federated-user/b`,
      undefined,
    ],
  ])('IAMUser with %s', (arn, type, id, session) => {
    expect(principal({ type: 'IAMUser', arn })).toEqual({
      type,
      id,
      accountId: account,
      ...(session === undefined ? {} : { session }),
    });
  });

  test.each(['AssumedRole', 'Role', 'Root', 'FederatedUser', 'AWSService'])(
    '%s with the ARN of a user',
    (type) => {
      const arn = `arn:aws:iam::${account}:user/division/Alice`;
      expect(principal({ type, arn })).toEqual({ type: 'user', id: arn, accountId: account });
    },
  );

  test('but an account of another, or an ARN of no identity, contradicts nothing', () => {
    expect(
      principal({ type: 'AWSAccount', accountId: account, arn: `arn:aws:sts::${account}:assumed-role/R/s` }),
    ).toEqual({ type: 'account', id: account, accountId: account, session: 's' });
    expect(principal({ type: 'IAMUser', arn: 'arn:aws:s3:::bucket' }).type).toBe('user');
    expect(principal({ type: 'IAMUser', arn: 'not an ARN' })).toEqual({ type: 'user', id: 'not an ARN' });
  });
});

describe('via', () => {
  test.each([
    's3.amazonaws.com',
    'workmail.eu-west-1.amazonaws.com',
    'ec2-frontend-api.amazonaws.com',
    's3.amazonaws.com.cn',
  ])('names the service %s that called on behalf of a role', (invokedBy) => {
    expect(principal(aRole({ invokedBy })).via).toBe(invokedBy);
  });

  test.each([
    'AWS Internal',
    'AWS Internal/3',
    '&AWS; Internal',
    `arn:aws:iam::${account}:root`,
    '',
    5,
    null,
  ])('never is %s', (invokedBy) => {
    expect(principal(aRole({ invokedBy }))).not.toHaveProperty('via');
  });
});

test('the account is of the ARN where it is not told, and AWS Internal is none', () => {
  expect(principal(aUser({ accountId: undefined })).accountId).toBe(account);
  expect(principal(aUser({ accountId: 'AWS Internal' })).accountId).toBe(account);
  expect(principal({ type: 'AWSService', accountId: 'AWS Internal' })).not.toHaveProperty('accountId');
});

test('names each member of the principal that was cut', () => {
  const cut = { names: undefined };
  const long = 'x'.repeat(5000);
  const identity = aRole({
    principalId: 'A',
    arn: `arn:aws:sts::${account}:assumed-role/Trainer/${long}`,
    sessionContext: { sessionIssuer: { arn: `arn:aws:iam::${account}:role/${long}` }, sourceIdentity: long },
    invokedBy: `${long}.amazonaws.com`,
  });
  principalOf(identity, 'us-west-2', cut);
  expect(cut.names).toEqual([
    'principal.id',
    'principal.session',
    'principal.sourceIdentity',
    'principal.via',
  ]);
});
