import type { Expectation } from '../../src/expectations/expectation.ts';

export const account = '111122223333';
export const keyArn = `arn:aws:kms:us-west-2:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
export const otherKeyArn = `arn:aws:kms:us-west-2:${account}:key/0987dcba-09fe-87dc-65ba-ab0987654321`;
export const roleArn = `arn:aws:iam::${account}:role/service-role/Trainer`;
export const nowMs = Date.parse('2026-03-10T00:00:00Z');

export function anExpectation(overrides: Partial<Expectation> = {}): Expectation {
  return {
    id: 'training',
    keys: [keyArn],
    principals: [roleArn],
    operations: ['cryptographic'],
    owner: 'ml-platform',
    reason: 'Training jobs read and write the customer data',
    ...overrides,
  };
}
