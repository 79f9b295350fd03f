import { isEncrypting } from '../../kms/is-encrypting.ts';
import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyText, principalText } from '../subject-of-use.ts';

/** A key that an expectation marks `retired` is used to encrypt. PCI DSS 3.7.5 allows retired keys to decrypt only. */
export const retiredKeyEncrypts: UseRule = {
  id: 'retired-key-encrypts',
  kind: 'use',
  when: 'streaming',
  isAskedForEach: true,
  concerns: (use) => use.outcome === 'success' && isEncrypting(use),
  severity: 'high',
  titleOf: (subject) => `${principalText(subject)} encrypted with ${keyText(subject)}, which is retired`,
  checkNext: (alert) => [
    `See what was encrypted, and where: ${usageLink(alert)}`,
    `See whether a bucket, a job or an alias still names the key: ${keyLink(alert)}`,
    'Point it at the successor, and encrypt again what was written since.',
  ],
  falsePositives: ['A key that was marked as retired too early.'],
  fires: (use, { isRetired }) =>
    use.outcome === 'success' && isEncrypting(use) && isRetired(use)
      ? { subject: keyAndPrincipalOf(use) }
      : undefined,
};
