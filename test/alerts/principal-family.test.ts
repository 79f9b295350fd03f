import { describe, expect, test } from 'vitest';
import { familyOf } from '../../src/alerts/principal-family.ts';

const role = (name: string) => familyOf({ id: `arn:aws:iam::111122223333:role/${name}`, type: 'role' });

describe('principals are of one family', () => {
  test.each([
    ['Worker-3f9a1c', 'Worker-77b2e0'],
    ['orders2-service', 'orders3-service'],
    ['etl-2026-03-01', 'etl-2026-03-02'],
    ['app/MyStack-TaskRole1A2B3C4D-1XK9Q2ZP7LMN', 'app/MyStack-TaskRole5E6F7A8B-9QR2ST3UV4WX'],
    ['job-1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed', 'job-6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b'],
    [
      'aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_DataScientist_5eed00025eed5eed',
      'aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_DataScientist_0123456789abcdef',
    ],
  ])('%s and %s', (a, b) => {
    expect(role(a)).toBe(role(b));
  });

  test('who are all users of Identity Center of an account, or roles of it that only its id names', () => {
    const user = (id: string) => familyOf({ id, type: 'identity-center', accountId: '111122223333' });
    expect(user('a1b2-x')).toBe(user('zzzz-y'));
    const outside = (id: string) => familyOf({ id, type: 'account', accountId: '999988887777' });
    expect(outside('999988887777/AROAAAAAAAAAAAAAAAAA1')).toBe(outside('999988887777/AROABBBBBBBBBBBBBBBB2'));
  });
});

describe('principals are of several families', () => {
  test.each([
    ['Worker', 'Reader'],
    ['path/Worker', 'other/Worker'],
    ['training2024', 'inference2024'],
    ['feed', 'dead-letter'],
    ['a1b2c3d4', 'x9-a1b2c3d4'],
    [
      'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_5eed00025eed5eed',
      'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Reader_5eed00025eed5eed',
    ],
  ])('%s and %s', (a, b) => {
    expect(role(a)).not.toBe(role(b));
  });

  test('of two accounts, or of two types', () => {
    expect(role('Worker')).not.toBe(familyOf({ id: 'arn:aws:iam::444455556666:role/Worker', type: 'role' }));
    expect(role('Worker')).not.toBe(familyOf({ id: 'arn:aws:iam::111122223333:user/Worker', type: 'user' }));
  });
});
