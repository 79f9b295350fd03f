import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

/** A grant goes to a principal that is neither expected nor an AWS service known to take grants. */
export const unexpectedGrantee: UseRule = {
  id: 'unexpected-grantee',
  kind: 'use',
  when: 'streaming',
  severity: 'high',
  titleOf: (subject) => `${subject.grantee ?? 'A principal'} was given a grant on ${keyText(subject)}`,
  checkNext: (alert) => [
    `See who gave it, and which operations it allows: ${usageLink(alert, { operation: 'CreateGrant' })}`,
    `See whether it is still outstanding: ${keyLink(alert)}`,
    'If it is wrong, revoke it (aws kms revoke-grant): a grant works beside the key policy.',
  ],
  falsePositives: ['A service of your own that works by grants, before an expectation allows its role.'],
  fires(use, { isKnownGrantee }) {
    const grantee = use.grant?.grantee;
    if (use.operation !== 'CreateGrant' || use.outcome !== 'success' || grantee === undefined)
      return undefined;
    if (isKnownGrantee(use.keyArn, grantee, use.eventTimeMs)) return undefined;
    const operations = use.grant?.operations ?? [];
    return {
      subject: { ...keyOf(use), grantee },
      ...(operations.length === 0 ? {} : { details: [`The grant allows ${operations.join(', ')}.`] }),
    };
  },
};
