import { createHash } from 'node:crypto';
import type { Json } from './json.ts';

/** A small world, so that what is generated in it collides. */
export const ACCOUNTS: readonly string[] = ['111122223333', '444455556666', '777788889999'];
export const REGIONS = ['us-east-1', 'eu-west-1', 'us-gov-west-1'] as const;

/** A GUID that depends on the words only. */
export function guid(...words: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(words.join('/')).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

export function partition(region: string): string {
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export interface Key {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly arn: string;
}

function aKey(account: string, region: string, id: string): Key {
  return { account, region, id, arn: `arn:${partition(region)}:kms:${region}:${account}:key/${id}` };
}

const multiRegionId = `mrk-${guid('multi-region').replaceAll('-', '')}`;

/** Three keys in each account and Region, the third of the first two Regions being one multi-Region key. */
export const KEYS: readonly Key[] = ACCOUNTS.flatMap((account) =>
  REGIONS.flatMap((region, index) => [
    aKey(account, region, guid('first key', account, region)),
    aKey(account, region, guid('second key', account, region)),
    aKey(account, region, index < 2 ? multiRegionId : guid('third key', account, region)),
  ]),
);

export const OPERATIONS_ON_A_KEY = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'Sign',
  'Verify',
  'GenerateMac',
  'DescribeKey',
  'GetKeyPolicy',
  'ListGrants',
] as const;

export const MANAGEMENT_WRITES = [
  'DisableKey',
  'EnableKey',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'CancelKeyDeletion',
  'TagResource',
  'EnableKeyRotation',
] as const;

export const SERVICE_EVENTS = [
  'RotateKey',
  'DeleteKey',
  'DeleteExpiredKeyMaterial',
  'SynchronizeMultiRegionKey',
] as const;

export const FAILURES = [
  'InvalidCiphertextException',
  'IncorrectKeyException',
  'KMSInvalidStateException',
  'DisabledException',
  'DryRunOperationException',
] as const;

const roleSession = (session: string, path: string, name: string, account: string, region: string): Json => ({
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: `AROA${name.toUpperCase()}`,
      arn: `arn:${partition(region)}:iam::${account}:role${path}${name}`,
      accountId: account,
      userName: name,
    },
    webIdFederationData: {},
    attributes: { creationDate: '2026-02-28T23:00:00Z', mfaAuthenticated: 'false' },
    ...(session === 'traced' ? { sourceIdentity: 'alice@example.com' } : {}),
  },
});

/** Every kind of caller that CloudTrail tells of, at home in an account. */
export const CALLERS = {
  roleWithPath: (account, region) => ({
    type: 'AssumedRole',
    principalId: 'AROATRAINER:SageMaker',
    arn: `arn:${partition(region)}:sts::${account}:assumed-role/Trainer/SageMaker`,
    accountId: account,
    accessKeyId: 'ASIATRAINER',
    ...roleSession('SageMaker', '/service-role/', 'Trainer', account, region),
  }),
  roleOfAPerson: (account, region) => ({
    type: 'AssumedRole',
    principalId: 'AROAADMIN:traced',
    arn: `arn:${partition(region)}:sts::${account}:assumed-role/Admin/traced`,
    accountId: account,
    accessKeyId: 'ASIAADMIN',
    ...roleSession('traced', '/', 'Admin', account, region),
  }),
  roleForwardedByService: (account, region) => ({
    type: 'AssumedRole',
    principalId: 'AROATRAINER:SageMaker',
    arn: `arn:${partition(region)}:sts::${account}:assumed-role/Trainer/SageMaker`,
    accountId: account,
    invokedBy: 's3.amazonaws.com',
    ...roleSession('SageMaker', '/service-role/', 'Trainer', account, region),
  }),
  roleWithoutIssuer: (account, region) => ({
    type: 'AssumedRole',
    principalId: `${account}:aws:ec2-infrastructure:i-81e2f56c`,
    arn: `arn:${partition(region)}:sts::${account}:assumed-role/aws:ec2-infrastructure/i-81e2f56c`,
    accountId: account,
    accessKeyId: '',
    sessionContext: { attributes: { creationDate: '2026-02-28T23:00:00Z', mfaAuthenticated: 'false' } },
  }),
  role: (account, region) => ({
    type: 'Role',
    principalId: 'AROAREADER:reading',
    arn: `arn:${partition(region)}:sts::${account}:assumed-role/Reader/reading`,
    accountId: account,
  }),
  user: (account, region) => ({
    type: 'IAMUser',
    principalId: 'AIDAALICE',
    arn: `arn:${partition(region)}:iam::${account}:user/Alice`,
    accountId: account,
    accessKeyId: 'AKIAALICE',
    userName: 'Alice',
  }),
  userForwardedByAws: (account, region) => ({
    type: 'IAMUser',
    principalId: 'AIDABOB',
    arn: `arn:${partition(region)}:iam::${account}:user/staff/Bob`,
    accountId: account,
    userName: 'Bob',
    sessionContext: { sessionIssuer: {}, webIdFederationData: {}, attributes: {} },
    invokedBy: 'AWS Internal',
  }),
  userThatIsARole: (account, region) => ({
    type: 'IAMUser',
    principalId: 'AROACLERK:user01',
    arn: `arn:${partition(region)}:sts::${account}:assumed-role/Clerk/user01`,
    accountId: account,
    invokedBy: 'secretsmanager.amazonaws.com',
  }),
  root: (account, region) => ({
    type: 'Root',
    principalId: account,
    arn: `arn:${partition(region)}:iam::${account}:root`,
    accountId: account,
  }),
  service: () => ({ type: 'AWSService', invokedBy: 'dynamodb.amazonaws.com' }),
  regionalService: () => ({ type: 'AWSService', invokedBy: 'workmail.eu-west-1.amazonaws.com' }),
  serviceUnnamed: () => ({ type: 'AWSService', principalId: 'user', invokedBy: 'AWS Internal' }),
  kms: (account) => ({ accountId: account, invokedBy: 'AWS Internal' }),
  account: (account) => ({ type: 'AWSAccount', principalId: 'AROAFOREIGN:visit', accountId: account }),
  foreignAccount: (account) => ({
    type: 'AWSAccount',
    principalId: 'AROAFOREIGN:visit',
    accountId: ACCOUNTS[(ACCOUNTS.indexOf(account) + 1) % ACCOUNTS.length],
  }),
  accountAlone: (account) => ({ type: 'AWSAccount', accountId: account }),
  federated: (account, region) => ({
    type: 'FederatedUser',
    principalId: `${account}:Carol`,
    arn: `arn:${partition(region)}:sts::${account}:federated-user/Carol`,
    accountId: account,
  }),
  webIdentity: (account) => ({
    type: 'WebIdentityUser',
    principalId: 'accounts.google.com:application-id:user-id',
    accountId: account,
    userName: 'user-id',
    identityProvider: 'accounts.google.com',
  }),
  saml: (account) => ({ type: 'SAMLUser', principalId: 'SAMPLE=:dave@example.com', accountId: account }),
  identityCenter: (account) => ({
    type: 'IdentityCenterUser',
    accountId: account,
    onBehalfOf: {
      userId: '544894e8-80c1-707f-60e3-3ba6510dfac1',
      identityStoreArn: 'arn:aws:identitystore::111122223333:identitystore/d-9067642ac7',
    },
    credentialId: 'EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR_Whr1fEXAMPLE',
  }),
  directory: (account) => ({ type: 'Directory', principalId: 'd-1234567890', accountId: account }),
  unknown: (account) => ({ type: 'Unknown', accountId: account }),
} satisfies Record<string, (account: string, region: string) => Json>;

export type CallerKind = keyof typeof CALLERS;

export const CALLER_KINDS = Object.keys(CALLERS) as CallerKind[];

/** Callers that a cross-account use can come from, with what the key's owner is told of them. */
export const CROSS_ACCOUNT_CALLERS = ['roleWithPath', 'roleOfAPerson', 'user', 'userThatIsARole'] as const;

export const CONTEXTS: readonly Json[] = [
  { 'aws:s3:arn': 'arn:aws:s3:::models/run-1/model.tar.gz' },
  { 'aws:ebs:id': 'vol-f67bafb2' },
  { Department: 'Engineering', Project: 'Alpha, "β" \u2028 <script>' },
  { '=1+1': '@SUM(1)', toString: 'x', constructor: 'y' },
];
