import { describe, expect, test } from 'vitest';
import { keyReference } from '../../src/kms/key-reference.ts';
import { openedKmsRecord } from '../../src/kms/kms-record.ts';
import {
  account,
  aKmsRecord,
  aliasArn,
  aResource,
  keyArn,
  keyId,
  otherAccount,
  otherKeyArn,
  type RecordOverrides,
} from '../builders/cloud-trail-record.ts';

const replicaId = 'mrk-1234abcd12ab34cd56ef1234567890ab';

function keyOf(operation: string, members: RecordOverrides, callerAccountId: string | undefined = account) {
  return keyReference(
    openedKmsRecord(aKmsRecord(operation, { resources: undefined, ...members }), operation, callerAccountId),
  );
}

describe('an ARN that stands in the record', () => {
  const fromRecord = { keyArn, keyFrom: 'record' };

  test.each([
    ['a list', [aResource(keyArn)]],
    ['a list with a lower-case arn', [{ arn: keyArn }]],
    ['an entry without a type', [{ ARN: keyArn, accountId: 'AWS Internal' }]],
    ['one object', aResource(keyArn)],
    ['JSON in a string', JSON.stringify([aResource(keyArn)])],
    ['an object as JSON in a string', JSON.stringify(aResource(keyArn))],
    [
      'a list with things that are no resources',
      [null, 5, 'x', {}, { ARN: '' }, { ARN: 7 }, aResource(keyArn)],
    ],
    ['an alias before the key', [aResource(aliasArn), aResource(keyArn)]],
  ])('is taken from resources as %s', (_, resources) => {
    expect(keyOf('Decrypt', { resources })).toEqual(fromRecord);
  });

  test.each([
    ['the response', { responseElements: { keyId: keyArn } }],
    ['the metadata of a new key', { responseElements: { keyMetadata: { arn: keyArn, keyId } } }],
    ['the request', { requestParameters: { keyId: keyArn } }],
    ['the request as JSON in a string', { requestParameters: JSON.stringify({ keyId: keyArn }) }],
    ['the details of a service event', { serviceEventDetails: { keyId: keyArn } }],
  ])('is taken from %s', (_, members) => {
    expect(keyOf('DisableKey', members)).toEqual(fromRecord);
  });

  test.each([
    ['an alias', 'alias/aws/ssm'],
    ['an alias ARN', aliasArn],
    ['an alias ARN with a space in it', `${aliasArn} key`],
    ['a bare id', keyId],
    ['the ARN of another key', otherKeyArn],
  ])('stands beside what the request called the key: %s', (_, called) => {
    expect(
      keyOf('Encrypt', { requestParameters: { keyId: called }, resources: [aResource(keyArn)] }),
    ).toEqual({
      ...fromRecord,
      keyRef: called,
    });
  });

  test('is the one that the request named, of several', () => {
    const resources = [aResource(otherKeyArn), aResource(keyArn)];
    expect(keyOf('DescribeKey', { resources, requestParameters: { keyId: keyArn } })).toEqual(fromRecord);
    expect(keyOf('DescribeKey', { resources, requestParameters: { keyId } })).toEqual({
      ...fromRecord,
      keyRef: keyId,
    });
    expect(keyOf('DescribeKey', { resources, requestParameters: {} }).keyArn).toBe(otherKeyArn);
  });

  test('is the one of the record’s own Region, of a multi-Region key and its replica', () => {
    const primary = `arn:aws:kms:us-west-2:${account}:key/${replicaId}`;
    const resources = [aResource(primary.replace('us-west-2', 'eu-west-1')), aResource(primary)];
    expect(keyOf('ReplicateKey', { resources, requestParameters: { keyId: replicaId } })).toEqual({
      keyArn: primary,
      keyFrom: 'record',
      keyRef: replicaId,
    });
  });

  test('has to be the ARN of a key', () => {
    const resources = [
      aResource('arn:aws:s3:::bucket/key/x'),
      aResource('arn:aws:kms:us-west-2::key/x'),
      aResource('x'),
    ];
    expect(keyOf('Decrypt', { resources })).not.toHaveProperty('keyArn');
  });
});

describe('a bare id', () => {
  test.each([keyId, replicaId])('%s is of the caller’s account and the Region of the call', (id) => {
    expect(
      keyOf('DisableKey', { requestParameters: { keyId: id }, recipientAccountId: otherAccount }),
    ).toEqual({
      keyArn: `arn:aws:kms:us-west-2:${account}:key/${id}`,
      keyFrom: 'id',
      keyRef: id,
    });
  });

  test.each([undefined, 'AWS Internal', 'x'])(
    'is of the recipient’s account where the caller’s is %s',
    (caller) => {
      expect(keyOf('DisableKey', { requestParameters: { keyId } }, caller).keyArn).toBe(keyArn);
    },
  );

  test.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['ap-northeast-2', 'aws'],
  ])('in %s is of the partition %s', (awsRegion, partition) => {
    expect(keyOf('DisableKey', { requestParameters: { keyId }, awsRegion }).keyArn).toBe(
      `arn:${partition}:kms:${awsRegion}:${account}:key/${keyId}`,
    );
  });

  test('is taken from the details of a service event', () => {
    expect(
      keyOf('RotateKey', { serviceEventDetails: { rotationType: 'AUTOMATIC', keyId } }, undefined),
    ).toEqual({
      keyArn,
      keyFrom: 'id',
      keyRef: keyId,
    });
  });

  test('in an ARN that lacks its key/ is of the account and Region of that ARN', () => {
    const bare = `arn:aws:kms:eu-west-1:${otherAccount}:${keyId}`;
    expect(keyOf('Decrypt', { resources: [aResource(bare)] })).toEqual({
      keyArn: `arn:aws:kms:eu-west-1:${otherAccount}:key/${keyId}`,
      keyFrom: 'id',
      keyRef: bare,
    });
  });

  test('is a name and no more where the account or the Region is not known', () => {
    const members = { requestParameters: { keyId }, recipientAccountId: undefined };
    expect(keyOf('DisableKey', members, 'AWS Internal')).toEqual({ keyRef: keyId });
    expect(keyOf('DisableKey', { ...members, awsRegion: undefined })).toEqual({ keyRef: keyId });
  });

  test.each(['mrk-1', 'EXAMPLE', `${keyId}x`, `${keyId}/..`])('%s is not the id of a key', (name) => {
    expect(keyOf('DisableKey', { requestParameters: { keyId: name } })).toEqual({ keyRef: name });
  });
});

describe('an ARN in the error’s message alone', () => {
  const errorMessage = `User: x is not authorized to perform: kms:Encrypt on resource: ${keyArn} because`;

  test('is the key’s', () => {
    expect(keyOf('Encrypt', { errorMessage })).toEqual({ keyArn, keyFrom: 'message' });
  });

  test('stands beside the alias that the request named', () => {
    expect(keyOf('Encrypt', { errorMessage, requestParameters: { keyId: 'alias/x' } })).toEqual({
      keyArn,
      keyFrom: 'message',
      keyRef: 'alias/x',
    });
  });

  test('says less than an ARN in the request, and more than an id, whose account has to be guessed', () => {
    expect(keyOf('Encrypt', { errorMessage, requestParameters: { keyId: otherKeyArn } })).toEqual({
      keyArn: otherKeyArn,
      keyFrom: 'record',
    });
    expect(keyOf('Encrypt', { errorMessage, requestParameters: { keyId } })).toEqual({
      keyArn,
      keyFrom: 'message',
      keyRef: keyId,
    });
  });
});

describe('an alias alone', () => {
  test.each([
    [{ requestParameters: { keyId: 'alias/x' } }, 'alias/x'],
    [{ requestParameters: { keyId: aliasArn } }, aliasArn],
    [{ resources: [aResource(aliasArn)] }, aliasArn],
    [{ errorMessage: `Alias ${aliasArn} is not found.` }, aliasArn],
  ])('in %j is what the key was called', (members, keyRef) => {
    expect(keyOf('Encrypt', members)).toEqual({ keyRef });
  });
});

describe('an operation on an alias', () => {
  const requestParameters = { aliasName: 'alias/x', targetKeyId: keyId };

  test.each(['CreateAlias', 'UpdateAlias', 'DeleteAlias'])('%s calls the key by the alias', (operation) => {
    const resources = [aResource(aliasArn), aResource(keyArn)];
    expect(keyOf(operation, { requestParameters: { aliasName: 'alias/x' }, resources })).toEqual({
      keyArn,
      keyFrom: 'record',
      keyRef: 'alias/x',
    });
  });

  test('has the key as its target, by ARN or by id', () => {
    expect(
      keyOf('CreateAlias', { requestParameters: { aliasName: 'alias/x', targetKeyId: keyArn } }),
    ).toEqual({
      keyArn,
      keyFrom: 'record',
      keyRef: 'alias/x',
    });
    expect(keyOf('UpdateAlias', { requestParameters })).toEqual({ keyArn, keyFrom: 'id', keyRef: 'alias/x' });
  });

  test('that takes the alias from one key to another is of the new one', () => {
    const resources = [aResource(otherKeyArn), aResource(keyArn), aResource(aliasArn)];
    expect(keyOf('UpdateAlias', { requestParameters, resources }).keyArn).toBe(keyArn);
  });

  test('may name the alias alone, or only among the resources', () => {
    expect(keyOf('DeleteAlias', { requestParameters: { aliasName: 'alias/x' } })).toEqual({
      keyRef: 'alias/x',
    });
    expect(keyOf('DeleteAlias', { resources: [aResource(aliasArn), aResource(keyArn)] })).toEqual({
      keyArn,
      keyFrom: 'record',
      keyRef: aliasArn,
    });
  });
});

test.each([
  {},
  { requestParameters: 'null', resources: '' },
  { requestParameters: { keyId: '' }, resources: [{ ARN: '' }] },
  { requestParameters: { keyId: 7 }, responseElements: [], resources: [] },
  { requestParameters: [keyArn], serviceEventDetails: null },
])('%j names no key', (members) => {
  expect(keyOf('ListKeys', members)).toEqual({});
});
