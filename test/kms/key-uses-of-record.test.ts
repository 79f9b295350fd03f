import { describe, expect, test } from 'vitest';
import type { KeyUse } from '../../src/kms/key-use.ts';
import { keyUsesOfRecord } from '../../src/kms/key-uses-of-record.ts';
import {
  aCreateGrant,
  account,
  aDecrypt,
  aKmsRecord,
  aReEncrypt,
  aResource,
  aRole,
  aService,
  aUser,
  keyArn,
  keyId,
  otherAccount,
  otherKeyArn,
  otherKeyId,
} from '../builders/cloud-trail-record.ts';

const options = { hashAccessKey: (accessKeyId: string) => `hash of ${accessKeyId}` };

function usesOf(record: object): readonly KeyUse[] {
  const uses = keyUsesOfRecord(record, options);
  if ('kind' in uses) {
    throw new Error(`${uses.code}: ${uses.reason}`);
  }
  return uses;
}

function useOf(record: object): KeyUse {
  const [use, ...others] = usesOf(record);
  expect(others).toEqual([]);
  if (use === undefined) {
    throw new Error('There is no use.');
  }
  return use;
}

function codeOf(record: object): string {
  const uses = keyUsesOfRecord(record, options);
  return 'kind' in uses ? uses.code : `${uses.length} uses`;
}

test('a record tells of one use, member by member', () => {
  const record = aDecrypt({
    by: aRole({ invokedBy: 's3.amazonaws.com' }),
    vpcEndpointId: 'vpce-1234abcdf5678c90a',
    sharedEventID: '35d58aa1',
    addendum: { reason: 'UPDATED_DATA', originalEventID: 'before', updatedFields: 'errorCode' },
    additionalEventData: { keyMaterialId: '12345', customKeyStoreId: 'cks-1', xksKeyId: 'bb85' },
    aMemberOfTheFuture: { a: 1 },
    eventVersion: '2.0',
  });
  expect(useOf(record)).toStrictEqual({
    eventId: 'abcde202-ba1a-467c-b4ba-f729d45ae521',
    eventTimeMs: Date.UTC(2026, 2, 1, 10),
    accountId: account,
    region: 'us-west-2',
    keyArn,
    keyFrom: 'record',
    operation: 'Decrypt',
    category: 'cryptographic',
    outcome: 'success',
    principal: {
      type: 'role',
      id: `arn:aws:iam::${account}:role/service-role/Trainer`,
      accountId: account,
      session: 'SageMaker',
      via: 's3.amazonaws.com',
    },
    encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::bucket/object' },
    keyMaterialId: '12345',
    callId: expect.stringMatching(/^[\w-]{16}$/),
    customKeyStoreId: 'cks-1',
    xksKeyId: 'bb85',
    sourceIp: '192.0.2.0',
    userAgent: 'aws-sdk-js/3',
    vpcEndpointId: 'vpce-1234abcdf5678c90a',
    sharedEventId: '35d58aa1',
    supersedes: 'before',
    join: {
      sessionStartMs: Date.UTC(2026, 2, 1, 9, 30),
      accessKeyHash: 'hash of ASIAIOSFODNN7EXAMPLE',
    },
  });
});

test('a record that says the least is a use that says no more', () => {
  const record = {
    eventSource: 'kms.amazonaws.com',
    eventName: 'GenerateRandom',
    eventID: 'e',
    eventTime: '2026-03-01T10:00:00Z',
  };
  expect(useOf(record)).toStrictEqual({
    eventId: 'e',
    eventTimeMs: Date.UTC(2026, 2, 1, 10),
    operation: 'GenerateRandom',
    category: 'cryptographic',
    outcome: 'success',
    principal: { type: 'unknown' },
  });
});

test.each([
  { requestParameters: 'null', responseElements: 'null', additionalEventData: '{', resources: '' },
  {
    requestParameters: '',
    responseElements: '',
    additionalEventData: '',
    serviceEventDetails: '',
    resources: [],
  },
  {
    requestParameters: null,
    responseElements: null,
    additionalEventData: null,
    resources: null,
    addendum: null,
  },
  { requestParameters: 5, responseElements: true, additionalEventData: [], resources: 7, addendum: 'x' },
  {
    errorCode: '',
    errorMessage: '',
    sourceIPAddress: 5,
    userAgent: {},
    vpcEndpointId: [],
    sharedEventID: null,
  },
])('takes %j for absent', (members) => {
  const nothing = { sourceIPAddress: undefined, userAgent: undefined, resources: undefined };
  expect(useOf(aKmsRecord('ListKeys', { ...nothing, ...members }))).toStrictEqual(
    useOf(aKmsRecord('ListKeys', nothing)),
  );
});

test('reads members that were left as JSON in a string', () => {
  const record = aKmsRecord('Decrypt', {
    by: JSON.stringify(aRole()),
    requestParameters: JSON.stringify({ encryptionContext: { a: 'b' } }),
    additionalEventData: JSON.stringify({ customKeyStoreId: 'cks-1' }),
    resources: JSON.stringify([aResource(otherKeyArn)]),
    addendum: JSON.stringify({ reason: 'UPDATED_DATA', originalEventID: 'before' }),
  });
  expect(useOf(record)).toMatchObject({
    principal: { type: 'role', session: 'SageMaker' },
    encryptionContext: { a: 'b' },
    customKeyStoreId: 'cks-1',
    keyArn: otherKeyArn,
    supersedes: 'before',
    join: { accessKeyHash: 'hash of ASIAIOSFODNN7EXAMPLE' },
  });
});

test('a user identity that is some text is an unknown principal', () => {
  expect(useOf(aDecrypt({ by: 'Alice' })).principal).toEqual({ type: 'unknown' });
  expect(useOf(aDecrypt({ by: null })).principal).toEqual({ type: 'unknown' });
});

test.each(['AwsApiCall', 'AwsServiceEvent', 'AwsVpceEvent', undefined])(
  'eventType %s is a use',
  (eventType) => {
    expect(useOf(aDecrypt({ eventType })).operation).toBe('Decrypt');
  },
);

test('a denial at a VPC endpoint is a denied use', () => {
  const record = aKmsRecord('Decrypt', {
    eventType: 'AwsVpceEvent',
    eventCategory: 'NetworkActivity',
    errorCode: 'VpceAccessDenied',
    resources: undefined,
    vpcEndpointId: 'vpce-1',
  });
  expect(useOf(record)).toMatchObject({
    outcome: 'denied',
    errorCode: 'VpceAccessDenied',
    vpcEndpointId: 'vpce-1',
  });
});

test('a call through a VPC endpoint that is logged as both kinds is told from two', () => {
  const callOf = (requestID: unknown, more: object = {}) =>
    useOf(aDecrypt({ requestID, vpcEndpointId: 'vpce-1', ...more })).callId;
  const network = { eventCategory: 'NetworkActivity', eventType: 'AwsVpceEvent' };
  expect(callOf('a')).toMatch(/^[\w-]{16}$/);
  expect(callOf('a', network)).toBe(callOf('a'));
  expect(callOf('b', network)).not.toBe(callOf('a'));
  expect(callOf(undefined)).toBeUndefined();
  // Nothing is kept of calls that can be logged as one kind only.
  expect(callOf('a', { vpcEndpointId: undefined })).toBeUndefined();
  expect(callOf('a', { vpcEndpointId: 'AWS Internal' })).toBeUndefined();
  expect(callOf('a', { ...network, vpcEndpointId: undefined })).toBe(callOf('a'));
});

describe('the account', () => {
  test('is the one that recorded the use, else the caller’s', () => {
    const by = aUser({ accountId: otherAccount });
    expect(useOf(aDecrypt({ by })).accountId).toBe(account);
    expect(useOf(aDecrypt({ by, recipientAccountId: undefined })).accountId).toBe(otherAccount);
    expect(useOf(aDecrypt({ by, recipientAccountId: '' })).accountId).toBe(otherAccount);
  });

  test('is not AWS Internal, nor a text of any length', () => {
    for (const accountId of ['AWS Internal', '1'.repeat(65)]) {
      const record = aDecrypt({ by: { type: 'AWSService', accountId }, recipientAccountId: undefined });
      expect(useOf(record)).not.toHaveProperty('accountId');
    }
  });
});

test('where a call came from is as the record says it', () => {
  const said = { sourceIPAddress: 'AWS Internal', userAgent: 'AWS Internal', vpcEndpointId: 'AWS Internal' };
  expect(useOf(aDecrypt(said))).toMatchObject({
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    vpcEndpointId: 'AWS Internal',
  });
});

test.each([
  [{ reason: 'DELIVERY_DELAY', originalEventID: 'before' }],
  [{ reason: 'UPDATED_DATA' }],
  [{ reason: 'UPDATED_DATA', originalEventID: 'abcde202-ba1a-467c-b4ba-f729d45ae521' }],
])('the addendum %j supersedes nothing', (addendum) => {
  expect(useOf(aDecrypt({ addendum }))).not.toHaveProperty('supersedes');
});

describe('what the join needs', () => {
  test.each([
    ['2026-03-01T09:30:00Z', Date.UTC(2026, 2, 1, 9, 30)],
    ['20131102T010628Z', Date.UTC(2013, 10, 2, 1, 6, 28)],
    ['not a time', undefined],
  ])('has the start of the session of %s', (creationDate, expected) => {
    const by = aRole({ sessionContext: { attributes: { creationDate } } });
    expect(useOf(aDecrypt({ by })).join?.sessionStartMs).toBe(expected);
  });

  test('has no hash of an access key that AWS withheld', () => {
    expect(useOf(aDecrypt({ by: aUser({ accessKeyId: '' }) }))).not.toHaveProperty('join');
    expect(useOf(aDecrypt({ by: aService('s3.amazonaws.com') }))).not.toHaveProperty('join');
  });

  test('never has the access key itself', () => {
    expect(JSON.stringify(keyUsesOfRecord(aDecrypt(), { hashAccessKey: () => 'x' }))).not.toContain('AKIA');
  });

  test.each([
    [{ sourceArn: 'arn:a', credentialsIssuedTo: 'arn:b' }, 'arn:a'],
    [{ issuerType: 'AWS::Lambda::Function', credentialsIssuedTo: 'arn:b' }, 'arn:b'],
    [{ sourceArn: 'x'.repeat(2049) }, undefined],
    ['arn:a', undefined],
  ])('has what the credentials are in scope of: %j', (inScopeOf, expected) => {
    expect(useOf(aDecrypt({ by: aRole({ inScopeOf }) })).join?.inScopeOf).toBe(expected);
  });
});

describe('a grant', () => {
  test('is described by its creation', () => {
    expect(useOf(aCreateGrant())).toMatchObject({
      category: 'grant',
      keyArn,
      grant: {
        id: 'f020fe75',
        grantee: 'sagemaker.us-west-2.amazonaws.com',
        retiringPrincipal: 'sagemaker.us-west-2.amazonaws.com',
        operations: ['Decrypt', 'GenerateDataKeyWithoutPlaintext'],
        constraints: { encryptionContextSubset: { 'aws:ebs:id': 'vol-f67bafb2' } },
      },
    });
  });

  test.each([
    ['no operations and no constraints', { granteePrincipal: 'g' }, { grantee: 'g' }],
    [
      'a space after the grantee',
      { granteePrincipal: 'voiceid.amazonaws.com ' },
      { grantee: 'voiceid.amazonaws.com' },
    ],
    [
      'services in members of their own',
      { granteeServicePrincipal: 'g', retiringServicePrincipal: 'r' },
      { grantee: 'g', retiringPrincipal: 'r' },
    ],
    [
      'a constraint without pairs',
      { constraints: { encryptionContextSubset: {} } },
      { constraints: { encryptionContextSubset: {} } },
    ],
    [
      'a constraint on the source',
      { constraints: { sourceArn: 'arn:x', encryptionContextEquals: { a: 'b' } } },
      { constraints: { sourceArn: { sourceArn: 'arn:x' }, encryptionContextEquals: { a: 'b' } } },
    ],
    ['constraints that are none', { constraints: {}, operations: [], granteePrincipal: ' ' }, {}],
    ['members of other types', { operations: 'Decrypt', granteePrincipal: 5, constraints: [1] }, {}],
    ['operations that are no text', { operations: ['Decrypt', 5, null, ''] }, { operations: ['Decrypt'] }],
  ])('may have %s', (_, requestParameters, expected) => {
    const use = useOf(aCreateGrant({ requestParameters, responseElements: null }));
    expect(use.grant ?? {}).toEqual(expected);
  });

  test('is named by its end', () => {
    const requestParameters = { keyId, grantId: 'f020fe75' };
    expect(useOf(aKmsRecord('RevokeGrant', { requestParameters })).grant).toEqual({ id: 'f020fe75' });
    expect(useOf(aKmsRecord('RetireGrant', { additionalEventData: { grantId: 'f020fe75' } })).grant).toEqual({
      id: 'f020fe75',
    });
  });

  test('is told of another operation only where KMS added it', () => {
    expect(useOf(aDecrypt({ additionalEventData: { grantId: 'f020fe75' } })).grant).toEqual({
      id: 'f020fe75',
    });
    const requestParameters = { keyId, grantId: 'f020fe75', granteePrincipal: 'g' };
    expect(useOf(aKmsRecord('ListGrants', { requestParameters }))).not.toHaveProperty('grant');
  });
});

test.each([
  ['CreateKey', { requestParameters: { customKeyStoreId: 'cks-1', xksKeyId: 'bb85' } }, 'cks-1', 'bb85'],
  ['Decrypt', { additionalEventData: { customKeyStoreId: 'cks-1', xksKeyId: 'bb85' } }, 'cks-1', 'bb85'],
  ['CreateCustomKeyStore', { responseElements: { customKeyStoreId: 'cks-1' } }, 'cks-1', undefined],
  [
    'CreateKey',
    { responseElements: { keyMetadata: { customKeyStoreId: 'cks-1', xksKeyConfiguration: { id: 'bb85' } } } },
    'cks-1',
    'bb85',
  ],
  ['ListKeys', {}, undefined, undefined],
])(
  '%s with %j is of the key store and external key it names',
  (operation, members, customKeyStoreId, xksKeyId) => {
    const use = useOf(aKmsRecord(operation, members));
    expect([use.customKeyStoreId, use.xksKeyId]).toEqual([customKeyStoreId, xksKeyId]);
  },
);

describe('ReEncrypt', () => {
  test('is a use of either key, each with its own encryption context', () => {
    const [source, destination] = usesOf(aReEncrypt());
    expect(source).toMatchObject({ keyRole: 'source', keyArn, encryptionContext: { Project: 'Alpha' } });
    expect(source).not.toHaveProperty('keyRef');
    expect(destination).toMatchObject({
      keyRole: 'destination',
      keyArn: otherKeyArn,
      keyRef: otherKeyId,
      encryptionContext: { Level: '3A' },
    });
    expect(destination?.eventId).toBe(source?.eventId);
    expect(destination?.principal).toEqual(source?.principal);
  });

  test('is two uses also where no key is named', () => {
    const uses = usesOf(
      aReEncrypt({ requestParameters: null, resources: undefined, errorCode: 'AccessDenied' }),
    );
    expect(uses.map(({ keyRole, keyArn: arn, outcome }) => [keyRole, arn, outcome])).toEqual([
      ['source', undefined, 'denied'],
      ['destination', undefined, 'denied'],
    ]);
  });

  test('has the authenticated data where there are no pairs', () => {
    const requestParameters = {
      sourceAAD: 'AAAD+s',
      sourceEncryptionContext: { a: 'b' },
      destinationAAD: 'AAAD+d',
      destinationEncryptionContext: {},
    };
    expect(
      usesOf(aReEncrypt({ requestParameters })).map(({ encryptionContext }) => encryptionContext),
    ).toEqual([{ a: 'b' }, { destinationAAD: 'AAAD+d' }]);
  });

  test('says of each use what was cut of it', () => {
    const requestParameters = { destinationKeyId: `alias/${'x'.repeat(5000)}` };
    const [source, destination] = usesOf(aReEncrypt({ requestParameters, userAgent: 'x'.repeat(5000) }));
    expect(source?.truncated).toEqual(['userAgent']);
    expect(destination?.truncated).toEqual(['userAgent', 'keyRef']);
  });
});

test('cuts long text, but no encryption context, and lists what it cut by its name in the row', () => {
  const long = 'x'.repeat(5000);
  const use = useOf(
    aKmsRecord(`Create${long}`, {
      by: aRole({ sessionContext: { sourceIdentity: long } }),
      requestParameters: {
        keyId: `alias/${long}`,
        encryptionContext: { long },
        customKeyStoreId: long,
        xksKeyId: long,
      },
      resources: [],
      errorCode: long,
      sourceIPAddress: long,
      userAgent: long,
      vpcEndpointId: long,
      additionalEventData: { grantId: long },
      addendum: { reason: 'UPDATED_DATA', originalEventID: long },
    }),
  );
  expect(use.truncated?.toSorted()).toEqual([
    'customKeyStoreId',
    'errorCode',
    'grant.id',
    'keyRef',
    'operation',
    'principal.sourceIdentity',
    'sourceIp',
    'supersedes',
    'userAgent',
    'vpcEndpointId',
    'xksKeyId',
  ]);
  expect(use.encryptionContext).toEqual({ long });
  expect(use.userAgent).toBe('x'.repeat(4096));
});

describe('a record is refused', () => {
  test.each([
    ['without an id', { eventID: undefined }, 'missing-event-id'],
    ['with an empty id', { eventID: '' }, 'missing-event-id'],
    ['with null for its id', { eventID: null }, 'missing-event-id'],
    ['with a number for its id', { eventID: 5 }, 'bad-member-type'],
    ['with an id that UTF-8 cannot hold', { eventID: 'a\ud800' }, 'bad-member-type'],
    ['with an id that is too long', { eventID: 'x'.repeat(257) }, 'too-large'],
    ['without a name', { eventName: undefined }, 'missing-event-name'],
    ['with an empty name', { eventName: '' }, 'missing-event-name'],
    ['with a number for its name', { eventName: 5 }, 'bad-member-type'],
    ['without a time', { eventTime: undefined }, 'bad-event-time'],
    ['with a time of no calendar', { eventTime: '2026-02-30T10:00:00Z' }, 'bad-event-time'],
    ['with a number for its time', { eventTime: 1_772_359_200 }, 'bad-event-time'],
    ['with a number for its error, as which it would be a success', { errorCode: 403 }, 'bad-member-type'],
    ['with a number for its account', { recipientAccountId: 111122223333 }, 'bad-member-type'],
    ['with a list for its Region', { awsRegion: ['us-west-2'] }, 'bad-member-type'],
    ['with a Region that UTF-8 cannot hold', { awsRegion: 'us-\udc00' }, 'bad-member-type'],
    ['with a Region that is too long', { awsRegion: 'x'.repeat(65) }, 'too-large'],
    ['with an account that is too long', { recipientAccountId: '1'.repeat(65) }, 'too-large'],
    [
      'with a number for its shared id, as which it would count twice',
      { sharedEventID: 5 },
      'bad-member-type',
    ],
    [
      'with a key ARN that is too long',
      { resources: [aResource(`${keyArn}${'x'.repeat(512)}`)] },
      'too-large',
    ],
  ])('%s', (_, members, code) => {
    const uses = keyUsesOfRecord(aDecrypt(members), options);
    expect(uses).toMatchObject({ kind: 'quarantine', code, isKms: true });
  });

  test('with an encryption context that is nested too deeply to be written', () => {
    const value: unknown = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(codeOf(aDecrypt({ requestParameters: { encryptionContext: { value } } }))).toBe('bad-member-type');
    expect(codeOf(aCreateGrant({ requestParameters: { constraints: { value } } }))).toBe('bad-member-type');
  });

  test('with a reason that holds no text of the record', () => {
    const uses = keyUsesOfRecord(aDecrypt({ eventTime: '<script>', eventID: 'e' }), options);
    expect(uses).toMatchObject({ reason: 'The eventTime of the record is missing or is not a time.' });
  });
});

test('a caller cannot send a record to quarantine with a key that is too long', () => {
  const name = `${keyArn}${'x'.repeat(1500)}`;
  expect(useOf(aKmsRecord('Decrypt', { resources: [], requestParameters: { keyId: name } }))).toMatchObject({
    keyRef: name,
  });
});

test('an error of the hash is not hidden', () => {
  const failing = {
    hashAccessKey: (): string => {
      throw new RangeError('no key');
    },
  };
  expect(() => keyUsesOfRecord(aDecrypt(), failing)).toThrow('no key');
});
