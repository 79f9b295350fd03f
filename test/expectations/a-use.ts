import type { InspectedUse } from '../../src/expectations/inspected-use.ts';
import type { KeyArn } from '../../src/kms/key-use.ts';
import { operationCategory } from '../../src/kms/operation-category.ts';
import { account, keyArn, roleArn } from './an-expectation.ts';

export const useMs = Date.parse('2026-03-02T10:00:00Z');

/** A use by the trainer's role; `keyArn: undefined` leaves the key out, and so on. */
export function aUse(
  overrides: { readonly [Member in keyof InspectedUse]?: InspectedUse[Member] | undefined } = {},
): InspectedUse {
  const operation = overrides.operation ?? 'Decrypt';
  const use: InspectedUse = {
    eventTimeMs: useMs,
    accountId: account,
    region: 'us-west-2',
    keyArn: keyArn as KeyArn,
    operation,
    category: operationCategory(operation),
    outcome: 'success',
    principal: { type: 'role', id: roleArn, accountId: account },
  };
  const together = Object.entries({ ...use, ...overrides }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(together) as unknown as InspectedUse;
}
