import { expect, test } from 'vitest';
import { operationCategory } from '../../src/kms/operation-category.ts';

test.each([
  'Encrypt',
  'Decrypt',
  'ReEncrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateRandom',
  'Sign',
  'Verify',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
])('%s is cryptographic', (operation) => {
  expect(operationCategory(operation)).toBe('cryptographic');
});

test.each(['CreateGrant', 'RetireGrant', 'RevokeGrant'])('%s is of grants', (operation) => {
  expect(operationCategory(operation)).toBe('grant');
});

test.each([
  'ListGrants',
  'ListRetirableGrants',
  'GetPublicKey',
  'CreateAlias',
  'RotateKey',
  'DeleteKey',
  'SynchronizeMultiRegionKey',
  'SomethingNew',
  'decrypt',
  'constructor',
  '__proto__',
])('%s manages', (operation) => {
  expect(operationCategory(operation)).toBe('management');
});
