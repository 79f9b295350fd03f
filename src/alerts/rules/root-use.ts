import { isReadOnlyCall } from '../../kms/operation-category.ts';
import { usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

/** An account's root user uses or manages a key. */
export const rootUse: UseRule = {
  id: 'root-use',
  kind: 'use',
  when: 'streaming',
  severity: 'critical',
  titleOf: (subject) =>
    `The root user of account ${subject.accountId ?? 'that no record names'} used ${keyText(subject)}`,
  checkNext: (alert) => [
    `See what was done and from where: ${usageLink(alert)}`,
    'Ask whoever holds the root credentials whether it was they; there are very few tasks that need root.',
    "Look in CloudTrail for the root user's ConsoleLogin and other calls of that hour.",
  ],
  falsePositives: ['A task that AWS lets only root do, as mending a key policy that locked everybody out.'],
  fires(use) {
    const { principal } = use;
    if (principal.type !== 'root' || isReadOnlyCall(use)) return undefined;
    const account = principal.accountId === undefined ? {} : { accountId: principal.accountId };
    return { subject: { ...keyOf(use), ...account } };
  },
};
