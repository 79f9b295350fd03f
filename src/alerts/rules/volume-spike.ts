import { principalLink, usageLink } from '../links.ts';
import type { AggregateRule } from '../rule.ts';
import { keyText, principalText } from '../subject-of-use.ts';

/** An hour has over 10 times the principal's usual uses of the key, and over 100; see `find-volume-spikes.ts`. */
export const volumeSpike: AggregateRule = {
  id: 'volume-spike',
  kind: 'aggregate',
  severity: 'medium',
  titleOf: (subject) => `${principalText(subject)} used ${keyText(subject)} far more often than usual`,
  checkNext: (alert) => [
    `See which objects the encryption contexts name, and from where: ${usageLink(alert)}`,
    `See what this principal does otherwise: ${principalLink(alert)}`,
    'Ask its owner whether data was copied or read as a whole then.',
  ],
  falsePositives: ['A backfill or a migration.', 'A bucket whose Bucket Key was turned off.'],
};
