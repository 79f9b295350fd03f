import { keyLink, principalLink, usageLink } from '../links.ts';
import type { AggregateRule } from '../rule.ts';
import { keyText, principalText } from '../subject-of-use.ts';

/** 10 denied attempts within 10 minutes; see `find-denied-burst.ts`. */
export const deniedBurst: AggregateRule = {
  id: 'denied-burst',
  kind: 'aggregate',
  severity: 'high',
  titleOf: (subject) => `${principalText(subject)} was denied ${keyText(subject)} many times in a short time`,
  checkNext: (alert) => [
    `See which operations were tried, and from where: ${usageLink(alert, { outcome: 'denied' })}`,
    `See what this principal does otherwise: ${principalLink(alert)}`,
    `If it should be able to, mend its permissions; see what changed of the key before: ${keyLink(alert)}`,
  ],
  falsePositives: ['A deployment that took a permission away which a program still uses.'],
};
