import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

const OPERATIONS = new Set(['ReplicateKey', 'UpdatePrimaryRegion']);

/** ReplicateKey, UpdatePrimaryRegion. */
export const keyReplicated: UseRule = {
  id: 'key-replicated',
  kind: 'use',
  when: 'streaming',
  severity: 'high',
  titleOf: (subject) => `${keyText(subject)} was replicated to another Region, or its primary Region moved`,
  checkNext: (alert) => [
    `See which of them, to which Region, and who did it: ${usageLink(alert, { category: 'management' })}`,
    'Look at the key policy of the replica: it is a policy of its own, and may let others in.',
    `See whether the key's data may be in that Region at all, and who uses the key: ${keyLink(alert)}`,
  ],
  falsePositives: ['A new Region that an application is deployed to by plan.'],
  fires: (use) =>
    OPERATIONS.has(use.operation) && use.outcome === 'success'
      ? { subject: keyOf(use), details: [`${use.operation} was called.`] }
      : undefined,
};
