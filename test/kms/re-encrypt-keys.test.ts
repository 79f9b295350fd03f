import { describe, expect, test } from 'vitest';
import { openedKmsRecord } from '../../src/kms/kms-record.ts';
import { reEncryptKeys } from '../../src/kms/re-encrypt-keys.ts';
import {
  account,
  aKmsRecord,
  aResource,
  keyArn,
  keyId,
  otherKeyArn,
  otherKeyId,
  type RecordOverrides,
} from '../builders/cloud-trail-record.ts';

const source = { keyArn, keyFrom: 'record' };
const destination = { keyArn: otherKeyArn, keyFrom: 'record' };

function keysOf(members: RecordOverrides) {
  return reEncryptKeys(
    openedKmsRecord(aKmsRecord('ReEncrypt', { resources: [], ...members }), 'ReEncrypt', account),
  );
}

describe('two resources', () => {
  const resources = [aResource(keyArn), aResource(otherKeyArn)];

  test('are the source and then the destination', () => {
    expect(keysOf({ resources })).toEqual({ source, destination });
    expect(keysOf({ resources, requestParameters: { destinationKeyId: 'alias/x' } })).toEqual({
      source,
      destination: { ...destination, keyRef: 'alias/x' },
    });
    expect(
      keysOf({ resources, requestParameters: { sourceKeyId: keyId, destinationKeyId: otherKeyArn } }),
    ).toEqual({
      source: { ...source, keyRef: keyId },
      destination,
    });
  });

  test('are the other way round where the request says so', () => {
    expect(keysOf({ resources, requestParameters: { destinationKeyId: keyId } })).toEqual({
      source: destination,
      destination: { ...source, keyRef: keyId },
    });
  });

  test('may be one key', () => {
    const same = [aResource(keyArn), aResource(keyArn)];
    expect(keysOf({ resources: same, requestParameters: { destinationKeyId: keyArn } })).toEqual({
      source,
      destination: source,
    });
  });
});

describe('one resource', () => {
  const resources = [aResource(keyArn)];

  test.each([
    ['the destination where that is named so', { destinationKeyId: keyArn }, {}, source],
    ['the destination where that has its id', { destinationKeyId: keyId }, {}, { ...source, keyRef: keyId }],
    [
      'the source where the destination is another key',
      { destinationKeyId: otherKeyArn },
      source,
      destination,
    ],
    [
      'the source where the destination has another id',
      { destinationKeyId: otherKeyId },
      source,
      { keyArn: otherKeyArn, keyFrom: 'id', keyRef: otherKeyId },
    ],
    ['both where both are named so', { sourceKeyId: keyArn, destinationKeyId: keyArn }, source, source],
    [
      'the source where that is named so',
      { sourceKeyId: keyArn, destinationKeyId: 'alias/x' },
      source,
      { keyRef: 'alias/x' },
    ],
    [
      'the destination where the source is another key',
      { sourceKeyId: otherKeyArn, destinationKeyId: 'alias/x' },
      destination,
      { ...source, keyRef: 'alias/x' },
    ],
    [
      'the source where the request does not tell',
      { destinationKeyId: 'alias/x' },
      source,
      { keyRef: 'alias/x' },
    ],
    ['the source where there is no request', null, source, {}],
  ])('is %s', (_, requestParameters, expectedSource, expectedDestination) => {
    expect(keysOf({ resources, requestParameters })).toEqual({
      source: expectedSource,
      destination: expectedDestination,
    });
  });
});

describe('without resources', () => {
  test('the request names the keys, and the source may not be named', () => {
    expect(keysOf({ requestParameters: { sourceKeyId: keyArn, destinationKeyId: 'alias/x' } })).toEqual({
      source,
      destination: { keyRef: 'alias/x' },
    });
    expect(keysOf({ requestParameters: { destinationKeyId: otherKeyArn } })).toEqual({
      source: {},
      destination,
    });
    expect(keysOf({ requestParameters: null })).toEqual({ source: {}, destination: {} });
  });

  test.each([
    ['kms:ReEncryptFrom', { source: { keyArn, keyFrom: 'message' }, destination: {} }],
    ['kms:ReEncryptTo', { source: {}, destination: { keyArn, keyFrom: 'message' } }],
  ])('a denial of %s names the side', (action, expected) => {
    const errorMessage = `User: x is not authorized to perform: ${action} on resource: ${keyArn} because`;
    expect(keysOf({ errorMessage })).toEqual(expected);
  });

  test('another error names the side by its key', () => {
    const errorMessage = `${keyArn} is disabled.`;
    const fromMessage = { keyArn, keyFrom: 'message' };
    expect(keysOf({ errorMessage, requestParameters: { destinationKeyId: otherKeyArn } })).toEqual({
      source: fromMessage,
      destination,
    });
    expect(keysOf({ errorMessage, requestParameters: { destinationKeyId: 'alias/x' } })).toEqual({
      source: {},
      destination: { ...fromMessage, keyRef: 'alias/x' },
    });
  });
});
