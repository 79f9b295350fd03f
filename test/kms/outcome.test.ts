import { expect, test } from 'vitest';
import { outcomeOf } from '../../src/kms/outcome.ts';

test('no error is a success', () => {
  expect(outcomeOf(undefined, undefined)).toBe('success');
});

test.each([
  'AccessDenied',
  'AccessDeniedException',
  'VpceAccessDenied',
  'Client.AccessDenied',
  'UnauthorizedOperation',
  'Client.UnauthorizedOperation',
  'NotAuthorized',
])('%s is a denial', (errorCode) => {
  expect(outcomeOf(errorCode, undefined)).toBe('denied');
});

test.each(['DryRunOperationException', 'DryRunOperation', 'Client.DryRunOperation'])(
  '%s is a probe',
  (errorCode) => {
    expect(outcomeOf(errorCode, 'The request would have succeeded, but the DryRun option is set.')).toBe(
      'probe',
    );
  },
);

test.each([
  'NotFoundException',
  'DisabledException',
  'InvalidCiphertextException',
  'IncorrectKeyException',
  'KMSInvalidStateException',
  'InvalidKeyUsageException',
  'InvalidGrantTokenException',
  'ThrottlingException',
])('%s is a failure', (errorCode) => {
  expect(outcomeOf(errorCode, undefined)).toBe('failed');
});

test('a message without a code tells of an error all the same', () => {
  expect(outcomeOf(undefined, 'Key is disabled.')).toBe('failed');
  expect(outcomeOf(undefined, 'User: x is not authorized to perform: kms:Decrypt')).toBe('denied');
});
