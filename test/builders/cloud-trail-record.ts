/** Synthetic CloudTrail records, shaped as AWS documents them. Each is new, so a test may change what it gets. */
export interface RecordOverrides {
  readonly by?: unknown;
  readonly [member: string]: unknown;
}

export const account = '111122223333';
export const otherAccount = '444455556666';
export const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab';
export const otherKeyId = '0987dcba-09fe-87dc-65ba-ab0987654321';
export const keyArn = `arn:aws:kms:us-west-2:${account}:key/${keyId}`;
export const otherKeyArn = `arn:aws:kms:us-west-2:${account}:key/${otherKeyId}`;
export const aliasArn = `arn:aws:kms:us-west-2:${account}:alias/training`;

export function aResource(arn: string): { accountId: string; type: string; ARN: string } {
  return { accountId: account, type: 'AWS::KMS::Key', ARN: arn };
}

/** A record of KMS by a user; `by` is its `userIdentity`, and a member set to `undefined` is missing. */
export function aKmsRecord(eventName: string, { by, ...overrides }: RecordOverrides = {}): object {
  const record = {
    eventVersion: '1.11',
    userIdentity: by === undefined ? aUser() : by,
    eventTime: '2026-03-01T10:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName,
    awsRegion: 'us-west-2',
    sourceIPAddress: '192.0.2.0',
    userAgent: 'aws-sdk-js/3',
    requestParameters: null,
    responseElements: null,
    requestID: '12345126-30d5-4b28-98b9-9153da559963',
    eventID: 'abcde202-ba1a-467c-b4ba-f729d45ae521',
    readOnly: true,
    resources: [aResource(keyArn)],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    ...overrides,
  };
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** As services and the SDK log it: the key stands in `resources[]` alone. */
export function aDecrypt(overrides: RecordOverrides = {}): object {
  return aKmsRecord('Decrypt', {
    requestParameters: {
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::bucket/object' },
    },
    ...overrides,
  });
}

export function aReEncrypt(overrides: RecordOverrides = {}): object {
  return aKmsRecord('ReEncrypt', {
    requestParameters: {
      sourceEncryptionContext: { Project: 'Alpha' },
      destinationKeyId: otherKeyId,
      destinationEncryptionContext: { Level: '3A' },
    },
    resources: [aResource(keyArn), aResource(otherKeyArn)],
    ...overrides,
  });
}

export function aCreateGrant(overrides: RecordOverrides = {}): object {
  return aKmsRecord('CreateGrant', {
    requestParameters: {
      keyId: keyArn,
      granteePrincipal: 'sagemaker.us-west-2.amazonaws.com',
      retiringPrincipal: 'sagemaker.us-west-2.amazonaws.com',
      operations: ['Decrypt', 'GenerateDataKeyWithoutPlaintext'],
      constraints: { encryptionContextSubset: { 'aws:ebs:id': 'vol-f67bafb2' } },
    },
    responseElements: { grantId: 'f020fe75', keyId: keyArn },
    readOnly: false,
    ...overrides,
  });
}

export function aUser(overrides: object = {}): object {
  return {
    type: 'IAMUser',
    principalId: 'AIDACKCEVSQ6C2EXAMPLE',
    arn: `arn:aws:iam::${account}:user/Alice`,
    accountId: account,
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    userName: 'Alice',
    ...overrides,
  };
}

/** A session of a role with a path, which its assumed-role ARN has lost. */
export function aRole(overrides: object = {}): object {
  return {
    type: 'AssumedRole',
    principalId: 'AROAIGDTESTANDEXAMPLE:SageMaker',
    arn: `arn:aws:sts::${account}:assumed-role/Trainer/SageMaker`,
    accountId: account,
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAIGDTESTANDEXAMPLE',
        arn: `arn:aws:iam::${account}:role/service-role/Trainer`,
        accountId: account,
        userName: 'Trainer',
      },
      webIdFederationData: {},
      attributes: { creationDate: '2026-03-01T09:30:00Z', mfaAuthenticated: 'false' },
    },
    ...overrides,
  };
}

export function aService(invokedBy: string): object {
  return { type: 'AWSService', invokedBy };
}
