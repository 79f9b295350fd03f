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
  'Encapsulate',
  'Decapsulate',
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
  'GetKeyLastUsage',
  'DescribeSomethingNew',
  'ListSomethingNew',
])('%s manages', (operation) => {
  expect(operationCategory(operation)).toBe('management');
});

test.each([
  'SomethingNew',
  'WrapKey',
  'GetSecret',
  'Listen',
  'decrypt',
  'constructor',
  '__proto__',
  'toString',
])('%s, which nobody knows yet, is not filed as management', (operation) => {
  expect(operationCategory(operation)).toBe('cryptographic');
});
