import { accountOfKeyArn } from '../../kms/key-arn.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyText, principalText } from '../subject-of-use.ts';

/** A principal of another account than the key's uses the key, and no expectation allows it. */
export const crossAccountUse: UseRule = {
  id: 'cross-account-use',
  kind: 'use',
  when: 'streaming',
  severity: 'high',
  titleOf: (subject) => `${principalText(subject)} of another account used ${keyText(subject)}`,
  checkNext: (alert) => [
    `See what was done, and whether it was denied: ${usageLink(alert)}`,
    `See by which grant or statement of the key's policy the other account may: ${keyLink(alert)}`,
    'If the accounts share data by agreement, add an expectation for the account or the role.',
  ],
  falsePositives: ['Data shared with a partner account, before an expectation says so.'],
  fires(use, { verdict }) {
    const { keyArn, principal, outcome } = use;
    if (keyArn === undefined || principal.accountId === undefined || principal.type === 'service')
      return undefined;
    if (verdict.expected === 'yes' || outcome === 'probe' || isReadOnlyCall(use)) return undefined;
    return principal.accountId === accountOfKeyArn(keyArn) ? undefined : { subject: keyAndPrincipalOf(use) };
  },
};
