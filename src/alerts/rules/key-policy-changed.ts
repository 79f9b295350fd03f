import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

/** PutKeyPolicy, and what became possible where the record shows it. */
export const keyPolicyChanged: UseRule = {
  id: 'key-policy-changed',
  kind: 'use',
  when: 'streaming',
  severity: 'high',
  titleOf: (subject) => `The key policy of ${keyText(subject)} was changed`,
  checkNext: (alert) => [
    `See who did it, and from where: ${usageLink(alert, { operation: 'PutKeyPolicy' })}`,
    'Compare the policy with the one before (aws kms get-key-policy; AWS Config keeps old ones).',
    `See who has used the key since that had not before: ${keyLink(alert)}`,
  ],
  falsePositives: ['A deployment that puts the same policy again.'],
  fires: (use) =>
    use.operation === 'PutKeyPolicy' && use.outcome === 'success' ? { subject: keyOf(use) } : undefined,
};
