import { keyLink, usageLink } from '../links.ts';
import type { AggregateRule } from '../rule.ts';
import { keyText, principalText } from '../subject-of-use.ts';

/** A principal that used the key on most of 14 days has not used it for 3 or more; see `find-stopped-uses.ts`. */
export const useStopped: AggregateRule = {
  id: 'use-stopped',
  kind: 'aggregate',
  severity: 'low',
  titleOf: (subject) => `${principalText(subject)} has stopped using ${keyText(subject)}`,
  checkNext: (alert) => [
    `See its last uses: ${usageLink(alert)}`,
    `See whether the key was disabled or its policy changed: ${keyLink(alert)}`,
    'See whether its data is written unencrypted, or with another key, since then.',
  ],
  falsePositives: ['A program that was retired or moved to another key by plan.', 'Holidays.'],
};
