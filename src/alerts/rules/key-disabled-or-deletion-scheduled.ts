import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

const OPERATIONS = new Set(['DisableKey', 'ScheduleKeyDeletion', 'DisableKeyRotation']);

/** DisableKey, ScheduleKeyDeletion, DisableKeyRotation. */
export const keyDisabledOrDeletionScheduled: UseRule = {
  id: 'key-disabled-or-deletion-scheduled',
  kind: 'use',
  when: 'streaming',
  severity: 'critical',
  titleOf: (subject) => `${keyText(subject)} was disabled, scheduled for deletion, or no longer rotates`,
  checkNext: (alert) => [
    `See which of them, and who did it: ${usageLink(alert, { category: 'management' })}`,
    `See who still uses the key: once it is deleted, what it encrypts is lost: ${keyLink(alert)}`,
    'If it is wrong, cancel it (aws kms cancel-key-deletion, enable-key): a deletion waits at least 7 days.',
  ],
  falsePositives: ['A key that is retired by plan.'],
  fires: (use) =>
    OPERATIONS.has(use.operation) && use.outcome === 'success'
      ? { subject: keyOf(use), details: [`${use.operation} was called.`] }
      : undefined,
};
