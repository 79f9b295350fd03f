import { keyLink, principalLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyAndPrincipalOf, keyName, principalName } from '../subject-of-use.ts';

/** A key with expectations is used, or tried, by a principal that none of them allows. */
export const unexpectedPrincipal: UseRule = {
  id: 'unexpected-principal',
  kind: 'use',
  when: 'at-once',
  severity: 'high',
  titleOf: (subject) => `${principalName(subject)} used ${keyName(subject)}, which no expectation allows`,
  checkNext: (alert) => [
    `See what was done, whether it was denied, and from where: ${usageLink(alert)}`,
    `Ask the owners of the key's expectations whether they know this principal; its other keys: ${principalLink(alert)}`,
    `If it is right, add an expectation with an owner and an end; if not, take the grant or the policy's statement away that lets it: ${keyLink(alert)}`,
  ],
  falsePositives: [
    'A new role or pipeline whose expectation was forgotten.',
    'A role that was made anew under another path.',
  ],
  fires(use, { verdict, isJobRole, isJobAlive, isOlderThanHistory }) {
    // What only wants a job is looked at once the join has had its time.
    if (verdict.expected !== 'no' || verdict.jobOnly === 'undecided' || use.outcome === 'probe')
      return undefined;
    const { id } = use.principal;
    if (verdict.jobOnly === 'refuted' && id !== undefined && isJobRole(id)) {
      // A role of jobs of which none was alive is for use-without-job to tell of, or to excuse.
      if (!isJobAlive(id, use.eventTimeMs) || isOlderThanHistory(use)) return undefined;
    }
    return { subject: keyAndPrincipalOf(use) };
  },
};
