import { keyLink, principalLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyText, principalText } from '../subject-of-use.ts';

/** A key without expectations, after its learning, is used by a principal that was not seen on it before. */
export const firstSeenPrincipal: UseRule = {
  id: 'first-seen-principal',
  kind: 'use',
  when: 'streaming',
  severity: 'medium',
  titleOf: (subject) => `${principalText(subject)} used ${keyText(subject)} for the first time`,
  checkNext: (alert) => [
    `See what was done, whether it was denied, and from where: ${usageLink(alert)}`,
    `See what else this principal uses: ${principalLink(alert)}`,
    `Write down who may use the key (keytrail expect suggest), so that this is decided once: ${keyLink(alert)}`,
  ],
  falsePositives: [
    'A principal that uses the key less often than the learning period is long.',
    'A new role of a known team.',
  ],
  fires: (use, { isFirstSeen }) => (isFirstSeen ? { subject: keyAndPrincipalOf(use) } : undefined),
};
