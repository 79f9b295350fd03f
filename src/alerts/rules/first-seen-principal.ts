import { keyLink, principalLink, usageLink } from '../links.ts';
import type { AggregateRule } from '../rule.ts';
import { keyText, principalText } from '../subject-of-use.ts';

/**
 * A key without expectations, after its learning, is used by a principal of a family that was not seen on it before, and
 * not for a job that declares the key; see `find-newcomers.ts`.
 */
export const firstSeenPrincipal: AggregateRule = {
  id: 'first-seen-principal',
  kind: 'aggregate',
  severity: 'medium',
  titleOf: (subject) =>
    `${principalText(subject)} used ${keyText(subject)}, as nobody of its kind had before`,
  checkNext: (alert) => [
    `See what was done, whether it was denied, and from where: ${usageLink(alert)}`,
    `See what else this principal uses: ${principalLink(alert)}`,
    `Write down who may use the key (keytrail expect suggest), so that this is decided once: ${keyLink(alert)}`,
  ],
  falsePositives: [
    'A principal that uses the key less often than the learning period is long.',
    'A new role of a known team.',
  ],
};
